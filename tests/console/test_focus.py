"""The keyboard focus outlives the redraws of a page, so that its buttons are reached and pressed by keys."""

from typing import Any

from marbleline.domain.decision import Decision
from tests.console.stage import Stage
from tests.console.test_live import shows
from tests.console.test_overrule import judged, wait_for_label

CLOCK = "document.querySelector('.ml-clock').innerText"
FOCUSED = "document.activeElement.dataset"
TABS = 60
"""More than there are links and buttons on the page."""


def redrawn(page: Any, times: int = 3) -> None:
    """Wait until the bar has been drawn again, with another time."""
    for _ in range(times):
        page.wait_for_function(f"before => {CLOCK} !== before", arg=page.evaluate(CLOCK))


def test_the_focus_stays_on_a_link_that_is_redrawn(page: Any) -> None:
    page.locator('.ml-pages [data-page="shift"]').focus()
    redrawn(page)
    assert page.evaluate(f"{FOCUSED}.page") == "shift"


def test_the_focus_stays_on_a_slab_of_the_strip_as_others_arrive(page: Any, stage: Stage) -> None:
    first = judged(stage, 91)
    shows(page, first)
    page.locator(f'.ml-strip button[data-frame="{first.frame.frame_id}"]').focus()
    shows(page, judged(stage, 92))
    redrawn(page, 1)
    assert page.evaluate(f"{FOCUSED}.frame") == first.frame.frame_id


def test_a_slab_is_overruled_by_tab_and_enter_alone(page: Any, stage: Stage) -> None:
    verdict = judged(stage, 93, Decision.FAULTY)
    shows(page, verdict)
    page.wait_for_selector(f'.ml-truth[data-frame="{verdict.frame.frame_id}"]')
    wanted = f"{FOCUSED}.action === 'overrule' && {FOCUSED}.value === 'joint'"
    for number in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate(wanted):
            break
        if number % 4 == 0:
            redrawn(page, 1)
    assert page.evaluate(wanted)
    page.keyboard.press("Enter")
    wait_for_label(stage, verdict, "joint")
