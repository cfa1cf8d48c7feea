"""Pictures of the console at four sizes in both themes: ``python -m tests.console.layout_pictures FOLDER``.

Without a camera, with 1, 8 and 16 cameras, with alarms and while the broker is away. To be looked at; what
the browser itself finds wrong with a layout is printed below each file's name. Exit code 1 if it found
anything.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from tests.console.conftest import FLAGS, chromium
from tests.console.layout import SIZES, layout_problems
from tests.console.scenes import SCENES, Played, Scene, played
from tests.console.test_pages import PAGES

THEMES: Final = ("dark", "light")
_EMPTY: Final = {"cameras": ".ml-panel", "quality": ".ml-panel, .ml-none", "line": ".ml-panel"}
_SHOWN_S: Final = 60
_OLD: Final = "count => document.querySelectorAll('.ml-card.is-stale').length === count"


@contextmanager
def tab_of(browser: Any, size: tuple[int, int], theme: str, language: str = "en-GB") -> Iterator[Any]:
    """A person's own tab."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        locale=language,
        timezone_id="Europe/Rome",
    )
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    yield tab
    context.close()


def show(tab: Any, scene: Played, page: str) -> None:
    """Open the page, and wait until it shows the scene."""
    if not scene.scene.outage:
        scene.report()
    tab.goto(scene.address + ("" if page == "live" else f"/{page}"))
    tab.wait_for_selector(f'.ml-pages [data-page="{page}"][aria-current=page]')
    shown = f"{PAGES[page]}, .ml-failed" if scene.scene.outage else PAGES[page]
    content = shown if scene.scene.cameras else f"{PAGES[page]}, {_EMPTY.get(page, '.ml-panel')}"
    tab.wait_for_selector(content)
    if page == "live" and scene.scene.cameras:
        # A camera that says nothing for five seconds counts as away, so they go on saying how they are.
        until = time.monotonic() + _SHOWN_S
        while not tab.evaluate(_OLD, scene.shown_as_old):
            assert time.monotonic() < until, f"the cameras' states were not shown within {_SHOWN_S} s"
            if not scene.scene.outage:
                scene.report()
            tab.wait_for_timeout(200)
    if scene.scene.outage:
        tab.locator(".ml-banner .is-disconnected").wait_for()
    tab.evaluate("document.fonts.ready")
    tab.wait_for_timeout(700)  # a picture must not catch a page between two of its parts


def shoot(
    browser: Any,
    scene: Played,
    pages: Sequence[str],
    screens: Sequence[tuple[tuple[int, int], str]],
    folder: Path,
) -> int:
    """Write the pictures of one scene; how many have a problem. ``screens``: sizes with a theme."""
    wrong = 0
    for size, theme in screens:
        with tab_of(browser, size, theme) as tab:
            for page in pages:
                show(tab, scene, page)
                file = folder / f"{page}-{scene.scene.name}-{size[0]}x{size[1]}-{theme}.png"
                problems = layout_problems(tab)
                tab.screenshot(path=file)
                wrong += bool(problems)
                print(file.name, *(problems or ["-"]), sep="\n    ", flush=True)
    return wrong


def main() -> int:
    """Play each scene and take its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", nargs="*", choices=list(PAGES), default=list(PAGES))
    parser.add_argument("--scenes", nargs="*", choices=[one.name for one in SCENES])
    parser.add_argument("--widths", nargs="*", type=int, choices=[width for width, _ in SIZES])
    parser.add_argument("--themes", nargs="*", choices=THEMES, default=list(THEMES))
    args = parser.parse_args()
    path = chromium()
    if path is None:
        print("no Chromium: on Debian, apt-get install chromium", file=sys.stderr)
        return 1
    args.folder.mkdir(parents=True, exist_ok=True)
    sizes = [one for one in SIZES if not args.widths or one[0] in args.widths]
    screens = [(size, theme) for size in sizes for theme in args.themes]
    wanted: list[Scene] = [one for one in SCENES if not args.scenes or one.name in args.scenes]
    wrong = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for scene in wanted:
            with tempfile.TemporaryDirectory() as folder, played(scene, Path(folder) / "data") as made:
                if scene.outage:
                    with tab_of(browser, sizes[0], THEMES[0]) as tab:
                        tab.goto(made.address)
                        tab.wait_for_selector(".ml-band[data-frame]")  # it has heard of them before
                    made.break_off()
                wrong += shoot(browser, made, args.pages, screens, args.folder)
        browser.close()
    print(f"{wrong} pictures with a problem")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
