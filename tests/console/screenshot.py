"""Makes the pictures of the console in docs/images: ``python -m tests.console.screenshot [--every FOLDER]``.

Synthetic slabs only; each picture below 400 KB. ``--every`` makes every page in two languages and two
sizes, to be looked at.
"""

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import sync_playwright

from marbleline.domain.alarm import GOLDEN_SAMPLE, Alarm
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.domain.opinion import Opinion, OpinionKind
from marbleline.domain.verdict import Verdict
from marbleline.ports.topology import FRAMES
from tests.builders import frame_message, make_frame, make_picture
from tests.console.conftest import FLAGS, chromium
from tests.console.past import play_past
from tests.console.process import console
from tests.console.stage import Stage

FOLDER: Final = Path("docs/images")
MOST_BYTES: Final = 400_000
BEFORE: Final = 46
SCREEN, TABLET = (1920, 1080), (1024, 768)


@dataclass(frozen=True)
class Shot:
    """One picture: a page in a language on a screen; ``wait`` is what it must show."""

    page: str
    language: str = "en-GB"
    size: tuple[int, int] = SCREEN
    name: str = ""

    @property
    def file(self) -> str:
        return self.name or f"{self.page}-{self.language[:2]}-{self.size[0]}"


DOCS: Final = (
    Shot("live", name="console"),
    Shot("live", "it-IT", TABLET, name="console-tablet"),
    Shot("review", name="console-review"),
    Shot("shift", name="console-shift"),
    Shot("search", name="console-search"),
    Shot("line", name="console-line"),
)
PAGES: Final = ("live", "review", "shift", "search", "line")
EVERY: Final = tuple(
    Shot(page, language, size)
    for page in PAGES
    for language in ("en-GB", "tr-TR")
    for size in (SCREEN, TABLET)
)


def play_before(stage: Stage) -> list[Verdict]:
    """A few minutes of a line of two cameras."""
    begun = now() - (BEFORE + 1) * 4_000_000
    judged = []
    for number in range(BEFORE):
        label = {3: "crack", 11: "dot", 17: "joint", 24: "crack", 29: "dot", 36: "crack", 41: "joint"}.get(
            number, "good"
        )
        judged.append(
            stage.capture(
                f"camera-{number % 2 + 1}",
                seed=100 + number,
                label=label,
                slab_id=f"B-{2417 + number}",
                decision=Decision.REVIEW if number in (7, 33, 43) else None,
                captured_at=begun + number * 4_000_000,
            )
        )
    stage.record(judged)
    return [verdict for verdict, _ in judged]


def play_people(stage: Stage, verdicts: list[Verdict], dead: int) -> None:
    """What people and other versions said of them; the dead letter of a number of camera-2, and an alarm."""
    at = now() - 60_000_000
    said = ((17, "good", "anna"), (11, "dot", "bert"), (24, "crack", "anna"), (24, "good", "bert"))
    stage.store.put_labels([new_label(verdicts[one], truth, by, at + one * 1000) for one, truth, by in said])
    stage.store.put_opinions([Opinion(OpinionKind.SHADOW, stage.seen_by(2, one)) for one in verdicts[20:]])
    picture = make_picture()
    letter = frame_message(make_frame(dead, "camera-2", content=picture, slab_id="B-2416"), picture)
    stage.broker.bury(FRAMES.name, letter, "truncated", "the picture ends after 41 312 of 98 204 bytes")
    golden = Alarm(
        "line-1", GOLDEN_SAMPLE, "camera-2", True, at, "crack of sample G-3 judged good (0.11)", ""
    )
    stage.store.put_alarms([golden])


def play_last(stage: Stage) -> Verdict:
    """And then a cracked slab."""
    verdict, picture = stage.capture(
        "camera-1", seed=43, label="crack", slab_id=f"B-{2417 + BEFORE}", latency_ms=96
    )
    stage.judge(verdict, picture)
    report(stage)
    return verdict


def report(stage: Stage) -> None:
    """Both cameras are there."""
    stage.report("camera-1")
    stage.report("camera-2")


def small(png: bytes) -> bytes:
    """The picture in as many of 256 colours as keep it below the limit."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 192, 128, 96, 64):
        buffer = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(
            buffer, format="PNG", optimize=True
        )
        if buffer.tell() < MOST_BYTES:
            break
    return buffer.getvalue()


@contextmanager
def tab_of(browser: Any, address: str, shot: Shot, last: Verdict) -> Iterator[Any]:
    """A tab on the shot's page, once all of it is there."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=shot.language, timezone_id="Europe/Rome"
    )
    page = context.new_page()
    path = {"live": "", "search": f"/search?frame={last.frame.frame_id}"}.get(shot.page, f"/{shot.page}")
    page.goto(address + path)
    page.wait_for_selector(f'.ml-pages [data-page="{shot.page}"][aria-current=page]')
    if shot.page in ("live", "search"):
        page.wait_for_selector(f'.ml-picture[data-frame="{last.frame.frame_id}"]')
    if shot.page in ("live", "search", "review"):
        page.wait_for_function("document.querySelector('.ml-slab')?.naturalWidth >= 640")
    page.wait_for_selector(
        {"line": ".ml-letters .ml-table", "shift": ".ml-pareto"}.get(shot.page, ".ml-stage")
    )
    page.wait_for_selector(".ml-pages .is-review")
    yield page
    context.close()


def shoot(browser: Any, address: str, stage: Stage, last: Verdict, shots: tuple[Shot, ...], to: Path) -> None:
    """Write the pictures."""
    for shot in shots:
        report(stage)
        with tab_of(browser, address, shot, last) as page:
            report(stage)
            if shot.page == "live":
                page.wait_for_selector('.ml-card[data-camera="camera-2"][data-state="online"]')
                page.wait_for_selector(".ml-band:not(.is-stale)")
            page.wait_for_timeout(600)  # a picture must not catch a page between two of its parts
            (to / f"{shot.file}.png").write_bytes(small(page.screenshot()))


def main() -> int:
    """Play the line, start a console on it, and look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=Path, metavar="FOLDER")
    every = parser.parse_args().every
    path = chromium()
    if path is None:
        print("no Chromium: on Debian, apt-get install chromium", file=sys.stderr)
        return 1
    folder = every or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        stage = Stage(Path(data))
        play_past(stage)
        stage.sequences["camera-2"] += 1
        dead = stage.sequences["camera-2"]
        play_people(stage, play_before(stage), dead)
        # So that the running shift is one of seven hours, whenever this is run.
        hour = (datetime.now(ZoneInfo("Europe/Rome")) - timedelta(hours=7)).hour
        starts = ",".join(f"{(hour + add) % 24:02}:00" for add in (0, 8, 16))
        flags = ("--console-time-zone", "Europe/Rome", "--console-shift-starts", starts)
        with console(Path(data), None, *flags) as (address, _):
            last = play_last(stage)
            shoot(browser, address, stage, last, EVERY if every else DOCS, folder)
            if not every:
                with tab_of(browser, address, Shot("live"), last) as page:
                    page.wait_for_selector(".ml-band.is-stale")
                    (folder / "console-stale.png").write_bytes(small(page.screenshot()))
        stage.close()
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        print(f"{picture}  {picture.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
