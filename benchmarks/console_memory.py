"""How much memory a console takes: ``python -m benchmarks.console_memory [--verdicts 20000] [--tabs 10]``.

A real console process and real tabs; verdicts as fast as the embedded broker takes them. Prints the
process's resident memory, one line a stage.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import psutil
from playwright.sync_api import sync_playwright
from tests.builders import verdict_message
from tests.console.conftest import FLAGS, chromium
from tests.console.process import console
from tests.console.stage import Stage

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict

PAGES = ("", "", "", "", "", "/review", "/shift", "/search", "/line", "")
BATCH = 100


def templates(stage: Stage) -> list[Verdict]:
    """Some real verdicts with their thumbnails and heat maps, to be told again under other ids."""
    kinds = (("good", None), ("crack", None), ("dot", Decision.REVIEW), ("good", None), ("joint", None))
    return [stage.capture(seed=seed, label=label, decision=to)[0] for seed, (label, to) in enumerate(kinds)]


def play(stage: Stage, made: list[Verdict], count: int) -> None:
    """Publish and record so many verdicts."""
    for begun in range(0, count, BATCH):
        verdicts = []
        for number in range(begun, min(count, begun + BATCH)):
            like = made[number % len(made)]
            stage.sequences["camera-1"] = sequence = stage.sequences["camera-1"] + 1
            frame = msgspec.structs.replace(like.frame, frame_id=stage.ids(), sequence=sequence)
            verdicts.append(msgspec.structs.replace(like, frame=frame))
        stage.broker.publish([verdict_message(verdict) for verdict in verdicts])
        stage.store.put_verdicts(verdicts)
        drained = stage.broker.receive("verdict-records", 2 * BATCH, 0.0)
        stage.broker.publish_and_ack(drained, [])
    stage.report("camera-1")


def last_is_shown(tab: Any, stage: Stage) -> None:
    """Wait until the tab shows the newest verdict."""
    verdict, picture = stage.capture(seed=1)
    stage.report("camera-1")
    stage.judge(verdict, picture)
    tab.wait_for_selector(f'.ml-picture[data-frame="{verdict.frame.frame_id}"]', timeout=120_000)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=int, default=20_000)
    parser.add_argument("--tabs", type=int, default=10)
    asked = parser.parse_args()
    path = chromium()
    if path is None:
        print("no Chromium: on Debian, apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        stage = Stage(Path(folder))
        made = templates(stage)
        with console(stage.data) as (address, process):
            inside = psutil.Process(process.pid)

            def tell(what: str) -> None:
                print(f"{what:<44} {inside.memory_info().rss / 1e6:6.0f} MB", flush=True)

            tell("started")
            tabs = [browser.new_page(viewport={"width": 800, "height": 600}) for _ in range(asked.tabs)]
            for tab, page in zip(tabs, PAGES * asked.tabs, strict=False):
                tab.goto(address + page, wait_until="commit", timeout=120_000)
                tab.wait_for_selector(".ml-top", timeout=120_000)
            tell(f"{asked.tabs} tabs open")
            begun = time.monotonic()
            for part in range(1, 5):
                play(stage, made, asked.verdicts // 4)
                last_is_shown(tabs[0], stage)
                tell(f"{part * asked.verdicts // 4} verdicts")
            print(f"in {time.monotonic() - begun:.0f} s")
            for tab in tabs:
                tab.close()
            time.sleep(20)
            tell("20 s after all tabs were closed")
        stage.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
