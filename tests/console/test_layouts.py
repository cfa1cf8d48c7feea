"""Sixteen cameras fit on every screen: no text is cut off or covered, and what counts is above the fold."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.layout import SIZES, bottom_of, layout_problems
from tests.console.layout_pictures import THEMES, show, tab_of
from tests.console.scenes import Played, Scene, played

LAPTOP = (1366, 768)
PAGES = ("live", "review", "alarms", "shift", "cameras")


@pytest.fixture(scope="module", params=[Scene(16, alarms=True), Scene(8)], ids=lambda one: one.name)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with played(request.param, tmp_path_factory.mktemp("scene") / "data") as made:
        yield made


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_page_fits_its_screen(browser: Any, scene: Played, size: tuple[int, int]) -> None:
    found = {}
    with tab_of(browser, size, THEMES[0]) as tab:
        for page in PAGES:
            show(tab, scene, page)
            found[page] = layout_problems(tab)
    assert found == {page: [] for page in PAGES}


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
            <p>fine</p></div></div>"""
        )
        found = " ".join(layout_problems(tab))
    for words in ("is cut off", '"one" and "other" overlap', '"beyond" is off the screen', "runs out"):
        assert words in found
    assert "fine" not in found
