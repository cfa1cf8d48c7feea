"""Makes the pictures of the console in docs/images: ``python -m tests.console.screenshot``.

Synthetic slabs only; each picture below 400 KB.
"""

import io
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from tests.console.conftest import FLAGS, chromium
from tests.console.process import console
from tests.console.stage import Stage

FOLDER: Final = Path("docs/images")
MOST_BYTES: Final = 400_000
SIZES: Final = {"console": (1920, 1080), "console-tablet": (1024, 768)}
BEFORE: Final = 46


def play_before(stage: Stage) -> None:
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


def play_last(stage: Stage) -> Verdict:
    """And then a cracked slab."""
    verdict, picture = stage.capture(
        "camera-1", seed=43, label="crack", slab_id=f"B-{2417 + BEFORE}", latency_ms=96
    )
    stage.judge(verdict, picture)
    stage.report("camera-1")
    stage.report("camera-2")
    return verdict


def small(png: bytes) -> bytes:
    """The picture in as many of 256 colours as keep it below the limit."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 192, 128, 96, 64):
        buffer = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            buffer, format="PNG", optimize=True
        )
        if buffer.tell() < MOST_BYTES:
            break
    return buffer.getvalue()


def shoot(browser: Any, address: str, stage: Stage, last: Verdict, folder: Path) -> None:
    """Write the pictures."""
    for name, (width, height) in SIZES.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(address)
        page.wait_for_selector(f'.ml-picture[data-frame="{last.frame.frame_id}"]')
        page.wait_for_selector(".ml-balance")
        page.wait_for_function("document.querySelector('.ml-slab').naturalWidth >= 640")
        stage.report("camera-1")
        stage.report("camera-2")
        page.wait_for_selector('.ml-card[data-camera="camera-2"][data-state="online"]')
        page.wait_for_selector(".ml-band:not(.is-stale)")
        (folder / f"{name}.png").write_bytes(small(page.screenshot()))
        page.close()
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(address)
    page.wait_for_selector(".ml-band.is-stale")
    (folder / "console-stale.png").write_bytes(small(page.screenshot()))
    page.close()


def main() -> int:
    """Play the line, start a console on it, and look at it."""
    path = chromium()
    if path is None:
        print("no Chromium: on Debian, apt-get install chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        stage = Stage(Path(data))
        play_before(stage)
        with console(Path(data)) as (address, _):
            shoot(browser, address, stage, play_last(stage), FOLDER)
        stage.close()
        browser.close()
    for picture in sorted(FOLDER.glob("console*.png")):
        print(f"{picture}  {picture.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
