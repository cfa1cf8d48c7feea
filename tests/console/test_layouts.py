"""Sixteen cameras fit on every screen: no text is cut off or covered, and what counts is above the fold.

axe finds nothing on the whole page, Streamlit's own widgets included.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.layout import SIZES, bottom_of, layout_problems
from tests.console.layout_pictures import THEMES, show, tab_of
from tests.console.scenes import Played, Scene, played
from tests.console.test_access import violations
from tests.console.test_pages import PAGES

LAPTOP, PHONE = (1366, 768), (390, 844)
WORDY = ("live", "alarms", "shift", "line", "studio")
"""Pages whose words have to share a phone's width with figures."""

OF_THE_LINE = ("live", "alarms", "line", "cameras", "products", "studio")
"""Pages that ask the broker, or show what was heard from it."""

SCENES = (Scene(16, alarms=True), Scene(8, labelled=True))
SETTLED_S = 5


@pytest.fixture(scope="module", params=SCENES, ids=lambda one: one.name)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with played(request.param, tmp_path_factory.mktemp("scene") / "data") as made:
        yield made


def problems_at(tab: Any, size: tuple[int, int]) -> list[str]:
    """What is wrong with the page on a screen of this size, once it has come to rest."""
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    until = time.monotonic() + SETTLED_S
    while (found := layout_problems(tab)) and time.monotonic() < until:
        tab.wait_for_timeout(100)
    return found


@pytest.mark.parametrize(
    ("scene", "theme"),
    [(SCENES[0], "dark"), (SCENES[0], "light"), (SCENES[1], "dark")],
    indirect=["scene"],
    ids=lambda one: getattr(one, "name", one),
)
def test_every_page_fits_every_screen_and_axe_finds_nothing(browser: Any, scene: Played, theme: str) -> None:
    """In the dark on all screens, and in the light, whose layout is the same, on the smallest."""
    found: dict[str, object] = {}
    sizes = SIZES if theme == THEMES[0] else (PHONE,)
    with tab_of(browser, sizes[0], theme) as tab:
        for page in PAGES:
            show(tab, scene, page)
            for size in sizes:
                found |= {f"{page} {size}": wrong for wrong in [problems_at(tab, size)] if wrong}
            found |= {f"{page} axe": wrong for wrong in [violations(tab, everywhere=True)] if wrong}
    assert found == {}


@pytest.mark.parametrize("scene", [SCENES[1]], indirect=True, ids=lambda one: one.name)
@pytest.mark.parametrize("language", ["es-ES", "it-IT", "tr-TR"])
def test_the_words_of_every_language_fit_on_a_phone(browser: Any, scene: Played, language: str) -> None:
    found = {}
    with tab_of(browser, PHONE, THEMES[0], language) as tab:
        for page in WORDY:
            show(tab, scene, page)
            found[page] = problems_at(tab, PHONE)
    assert found == {page: [] for page in WORDY}


def test_while_the_broker_is_away_pages_fit_and_state_only_what_they_know(
    browser: Any, tmp_path: Path
) -> None:
    scene = Scene(8, outage=True)
    found: dict[str, object] = {}
    with played(scene, tmp_path / "data") as made, tab_of(browser, LAPTOP, THEMES[0]) as tab:
        tab.goto(made.address)
        tab.wait_for_selector(".ml-band[data-frame]")
        made.break_off()
        for page in OF_THE_LINE:
            show(tab, made, page)
            for size in (PHONE, LAPTOP):
                found |= {f"{page} {size}": wrong for wrong in [problems_at(tab, size)] if wrong}
            found |= {f"{page} axe": wrong for wrong in [violations(tab, everywhere=True)] if wrong}
            if page == "alarms":
                tab.locator(".ml-panel .ml-warn", has_text="Not connected to the line").wait_for()
            if page == "line":
                assert tab.get_by_text("Not known without a connection to the line").count() == 2
                assert tab.locator(".ml-balance.is-balanced, .ml-figure").count() == 0
            if page == "studio":
                assert tab.locator(".ml-versions").count() == 1
    assert found == {}


def test_the_queue_the_counts_and_the_alarms_are_above_the_fold_of_a_laptop(
    browser: Any, scene: Played
) -> None:
    with tab_of(browser, LAPTOP, THEMES[0]) as tab:
        show(tab, scene, "live")
        assert tab.locator(".ml-card").count() == scene.scene.cameras
        for part in (".ml-strip", ".ml-counts", ".ml-cameras", ".ml-alarms:not(.is-empty)"):
            if tab.locator(part).count():
                assert bottom_of(tab, part) <= LAPTOP[1], part
        show(tab, scene, "review")
        assert bottom_of(tab, ".ml-strip li:not(.is-empty)") <= LAPTOP[1]


def test_a_text_that_is_cut_off_or_covered_is_found(browser: Any) -> None:
    with tab_of(browser, LAPTOP, THEMES[0]) as tab:
        tab.set_content(
            """<div data-testid="stMain"><div class="stHtml">
            <p style="width: 4rem; overflow: hidden; white-space: nowrap">a line that is cut</p>
            <p style="position: absolute; left: 10px; top: 200px">one</p>
            <p style="position: absolute; left: 12px; top: 203px">other</p>
            <p style="position: absolute; left: 1340px; top: 300px; white-space: nowrap">beyond</p>
            <ul style="width: 5rem"><li style="white-space: nowrap">longer than its card</li></ul>
            <p style="width: 3rem; overflow-wrap: anywhere">telecamera</p>
            <p>fine</p></div></div>"""
        )
        found = " ".join(layout_problems(tab))
    for words in (
        "is cut off",
        '"telecamera" is broken in two',
        '"one" and "other" overlap',
        '"beyond" is off the screen',
        "runs out",
    ):
        assert words in found
    assert "fine" not in found
