"""Faulty slabs stay on their cameras' cards until an operator has seen them, in a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from tests.console.conftest import lacking
from tests.console.layout import SIZES, bottom_of, layout_problems
from tests.console.layout_pictures import THEMES, show, tab_of
from tests.console.process import console
from tests.console.scenes import Played, Scene, played
from tests.console.stage import Stage
from tests.console.test_focus import redrawn
from tests.console.test_live import shows
from tests.console.test_pages import open_page

CARD = '.ml-card[data-camera="{}"]'
SEEN = CARD + ' button[data-action="mark_seen"]'
FOCUSED = "document.activeElement.dataset"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    """A line whose console holds faulty slabs; each test has a camera of its own."""
    stage = Stage(tmp_path_factory.mktemp("held") / "data")
    with console(stage.data, None, "--console-hold-faulty", "true") as (address, _):
        yield stage, address
    stage.close()


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Sixteen cameras, most of which hold a faulty slab, and alarms."""
    with played(Scene(16, alarms=True, held=True), tmp_path_factory.mktemp("wall") / "data") as made:
        yield made


def judged(stage: Stage, camera: str, *decisions: Decision) -> list[Verdict]:
    """The camera's next slabs."""
    found = []
    for decision in decisions:
        number = stage.sequences.get(camera, 0)
        label = "good" if decision is Decision.GOOD else "crack"
        slab = stage.capture(
            camera, seed=number, label=label, decision=decision, slab_id=f"{camera}-{number}"
        )
        stage.report(camera)
        found.append(stage.judge(*slab))
    return found


def holds(page: Any, verdict: Verdict, *words: str) -> None:
    """Wait until the camera's card holds this slab, and says so."""
    frame = verdict.frame
    card = page.locator(f'{CARD.format(frame.camera)}.is-held:has([data-frame="{frame.frame_id}"])')
    for one in ("Held: Faulty, crack", *words):
        card.filter(has_text=one).wait_for()


def test_a_faulty_slab_stays_on_the_card_of_every_tab_while_the_line_goes_on(
    opened: Callable[..., Any], line: tuple[Stage, str]
) -> None:
    stage, address = line
    tabs = [
        opened(address),
        opened(address, language="it-IT"),
        opened(address, headers={"X-Forwarded-For": "::1"}),
    ]
    page, italian, viewer = tabs
    faulty, *_, newest = judged(
        stage, "stays", Decision.FAULTY, Decision.GOOD, Decision.REVIEW, Decision.GOOD
    )
    holds(page, faulty, "3 slabs since")
    shows(page, newest)
    assert int(page.locator('[data-count="good"] .ml-count-number').inner_text()) >= 1
    italian.locator(f"{CARD.format('stays')}.is-held", has_text="Fermata: Difettosa").wait_for()
    viewer.locator(f"{CARD.format('stays')}.is-held").wait_for()
    assert viewer.locator('[data-action="mark_seen"]').count() == 0
    open_page(page, "review")
    open_page(page, "live")
    holds(page, faulty, "3 slabs since")
    page.locator(SEEN.format("stays")).click()
    for tab in tabs:
        tab.locator(f"{CARD.format('stays')}:not(.is-held)").wait_for()
    page.reload()
    page.locator(f"{CARD.format('stays')}:not(.is-held)").wait_for()


def test_several_are_released_by_keys_oldest_first_and_the_focus_stays_on_the_card(
    opened: Callable[..., Any], line: tuple[Stage, str]
) -> None:
    stage, address = line
    page = opened(address)
    first, second = judged(stage, "keys", Decision.FAULTY, Decision.FAULTY)
    holds(page, first, "+1 more", "1 slab since")
    page.locator(SEEN.format("keys")).focus()
    page.keyboard.press("Enter")
    holds(page, second, "0 slabs since")
    assert page.evaluate(f"[{FOCUSED}.action, {FOCUSED}.frame]") == ["mark_seen", second.frame.frame_id]
    redrawn(page, 2)  # a key within half a second was not meant for this slab
    page.keyboard.press("Enter")
    page.locator(f"{CARD.format('keys')}:not(.is-held)").wait_for()
    assert page.evaluate(f"{FOCUSED}.camera") == "keys"
    redrawn(page, 2)
    assert page.evaluate(f"{FOCUSED}.camera") == "keys"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('.ml-live') !== null"), "keys go on from the card"


def test_its_picture_shows_the_slab_large_and_a_label_releases_it(
    opened: Callable[..., Any], line: tuple[Stage, str]
) -> None:
    stage, address = line
    page = opened(address)
    faulty, newest = judged(stage, "large", Decision.FAULTY, Decision.GOOD)
    holds(page, faulty)
    shows(page, newest)
    page.locator(f"{CARD.format('large')} button.ml-card-picture").click()
    shows(page, faulty)
    page.locator(f'.ml-truth[data-frame="{faulty.frame.frame_id}"][data-value="good"]').click()
    page.locator(f"{CARD.format('large')}:not(.is-held)").wait_for()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_wall_of_held_slabs_fits_its_screen(browser: Any, wall: Played, size: tuple[int, int]) -> None:
    with tab_of(browser, size, THEMES[0]) as tab:
        show(tab, wall, "live")
        assert tab.locator(".ml-card.is-held").count() > wall.scene.cameras / 2
        assert layout_problems(tab) == []
        if size == (1366, 768):
            for part in (".ml-strip", ".ml-counts", ".ml-alarms:not(.is-empty)"):
                assert bottom_of(tab, part) <= size[1], part


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_on_a_wall_of_held_slabs(browser: Any, wall: Played, theme: str) -> None:
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe: install the test group")
    with tab_of(browser, SIZES[0], theme) as tab:
        show(tab, wall, "live")
        tab.locator(".ml-card.is-held").first.wait_for()
        found = Axe().run(tab, context={"include": [[".stHtml"]]}, options={"resultTypes": ["violations"]})
        assert [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in found.response["violations"]
        ] == []
