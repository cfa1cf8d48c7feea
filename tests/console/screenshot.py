"""Makes the pictures of the console in docs/images: ``python -m tests.console.screenshot [--every FOLDER]``.

They show the line that ``make demo`` runs: two cameras on synthetic slabs, a soft PLC, the shipped model.
Nothing is staged. ``--every`` makes every page in two languages and two sizes, to be looked at. Each picture
is below 400 KB.
"""

import argparse
import io
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from PIL import Image
from playwright.sync_api import TimeoutError as TimedOut
from playwright.sync_api import sync_playwright

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import wait_until
from tests.console.conftest import FLAGS, chromium
from tests.console.process import answers
from tests.services.processes import free_ports

FOLDER: Final = Path("docs/images")
MOST_BYTES: Final = 400_000
SCREEN, TABLET = (1920, 1080), (1024, 768)
SHOWN: Final = "document.querySelector('.ml-picture .ml-slab')?.naturalWidth > 0"


@dataclass(frozen=True)
class Shot:
    """One picture: a page in a language on a screen."""

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


@dataclass(frozen=True)
class RunningLine:
    """A line that is running: its data folder, the address of its console, its process."""

    data: Path
    address: str
    process: "subprocess.Popen[bytes]"

    def faulty_frame(self) -> str:
        """The id of the newest frame that was judged faulty."""
        store = SqliteStore(self.data / "store.db")
        try:
            return store.search(VerdictQuery(decision=Decision.FAULTY), 1)[0].frame.frame_id
        finally:
            store.close()

    def judged(self) -> int:
        """How many frames have a verdict on record."""
        store = SqliteStore(self.data / "store.db")
        try:
            return store.counts(VerdictQuery()).total
        finally:
            store.close()

    def cameras(self) -> list[psutil.Process]:
        """The processes that capture: its cameras and the gate station."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if {"camera", "gate"} & set(child.cmdline())]


@contextmanager
def demo(data: Path) -> Iterator[RunningLine]:
    """The line of ``make demo``, with its console; it is stopped as Ctrl-C stops it."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "marbleline", "line", "--data", str(data), "--cameras", "2"]
    command += ["--soft-gate", "--commission", "200", "--slabs", "true", "--slab-tiles", "4", "--quiet"]
    process = subprocess.Popen([*command, "--console-port", str(port), "--console-time-zone", "Europe/Rome"])
    line = RunningLine(data, f"http://127.0.0.1:{port}", process)
    try:
        wait_until(lambda: answers(line.address), 180, "the console answers")
        yield line
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


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
def tab_of(browser: Any, line: RunningLine, shot: Shot) -> Iterator[Any]:
    """A tab on the shot's page, once all of it is there."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=shot.language, timezone_id="Europe/Rome"
    )
    page = context.new_page()
    path = {"live": "", "search": f"/search?frame={line.faulty_frame()}"}.get(shot.page, f"/{shot.page}")
    page.goto(line.address + path)
    page.wait_for_selector(f'.ml-pages [data-page="{shot.page}"][aria-current=page]')
    page.wait_for_selector({"line": ".ml-table", "shift": ".ml-pareto"}.get(shot.page, ".ml-stage"))
    if shot.page in ("live", "search", "review"):
        page.wait_for_function(SHOWN)
    page.wait_for_timeout(1500)  # a picture must not catch a page between two of its parts
    yield page
    context.close()


def picture(page: Any, selector: str, limit_s: float = 90) -> bytes:
    """The screen while it shows ``selector``; a live page may show something else a moment later."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        try:
            page.wait_for_selector(selector, timeout=5000)
        except TimedOut:
            continue
        page.wait_for_function(SHOWN)
        taken: bytes = page.screenshot()
        if page.query_selector(selector):
            return taken
    raise TimeoutError(f"the page did not show {selector} within {limit_s:g} s")


def shoot(browser: Any, line: RunningLine, shots: tuple[Shot, ...], folder: Path) -> None:
    """Write the pictures."""
    for shot in shots:
        with tab_of(browser, line, shot) as page:
            taken = picture(page, ".ml-band.is-faulty") if shot.page == "live" else page.screenshot()
            (folder / f"{shot.file}.png").write_bytes(small(taken))


def shoot_stale(browser: Any, line: RunningLine, folder: Path) -> None:
    """What Live shows while all cameras hang: their processes are suspended for a few seconds."""
    cameras = line.cameras()
    with tab_of(browser, line, Shot("live")) as page:
        for camera in cameras:
            camera.suspend()
        try:
            (folder / "console-stale.png").write_bytes(small(picture(page, ".ml-band.is-stale")))
        finally:
            for camera in cameras:
                camera.resume()


def main() -> int:
    """Run the demo until it has judged enough for every page, and look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=Path, metavar="FOLDER")
    parser.add_argument("--frames", type=int, default=600, help="frames to judge before (default: 600)")
    args = parser.parse_args()
    path = chromium()
    if path is None:
        print("no Chromium: on Debian, apt-get install chromium", file=sys.stderr)
        return 1
    folder = args.every or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        with demo(Path(data)) as line:
            wait_until(lambda: line.judged() >= args.frames, 600, f"{args.frames} verdicts")
            shoot(browser, line, EVERY if args.every else DOCS, folder)
            if not args.every:
                shoot_stale(browser, line, folder)
        browser.close()
    for file in sorted(folder.glob("*.png")):
        print(f"{file}  {file.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
