"""The guide to defects in a real browser: read beside the slab, written by keyboard, by an engineer alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.defect_guide import GuideEntry
from tests.builders import wait_until
from tests.console.conftest import lacking
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_viewer import violations as viewer_violations

EVA, ANNA = ({"X-Forwarded-User": name} for name in ("eva", "anna"))
CRACK = '.ml-guide-card[data-topic="crack"]'
SHOWN = "(() => {{ const one = document.querySelector('{}'); return one && one.naturalWidth > 0 }})()"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Stage]]:
    """A line with two slabs to review, and a console behind a proxy."""
    stage = Stage(tmp_path_factory.mktemp("guide") / "data")
    for seed in (3, 4):
        stage.judge(*stage.capture(seed=seed, label="crack", slab_id=f"G-{seed}", decision=Decision.REVIEW))
    stage.report()
    flags = ("--console-login", "header", "--console-operators", "anna", "--console-engineers", "eva")
    with console(stage.data, None, *flags) as (address, _):
        yield address, stage
    stage.close()


def current(stage: Stage) -> GuideEntry | None:
    found = [one for one in stage.store.current_guide("marble") if one.topic == "crack"]
    return found[0] if found else None


def violations(tab: Any) -> list[tuple[str, list[str]]]:
    """What axe finds in our own markup, of any impact."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe: install the test group")
    found = Axe().run(tab, context={"include": [[".stHtml"]]}, options={"resultTypes": ["violations"]})
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found.response["violations"]
    ]


def test_it_is_written_and_illustrated_by_keyboard_and_read_by_an_operator(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, stage = line
    tab = opened(address, "/guide", headers=EVA)
    tab.wait_for_selector(".ml-guide-empty")
    assert violations(tab) == []
    edit = tab.locator(f'{CRACK} [data-action="edit"]')
    edit.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.activeElement.matches('textarea')")
    tab.keyboard.type("A dark line <b>thinner</b> than a vein")
    assert violations(tab) == []
    tab.get_by_role("button", name="Save").focus()
    tab.keyboard.press("Enter")
    wait_until(lambda: current(stage))
    tab.locator(f"{CRACK} .ml-guide-text", has_text="A dark line <b>thinner</b> than a vein").wait_for()
    back_on_edit = "document.activeElement.dataset.action === 'edit'"
    tab.wait_for_function(f"{back_on_edit} && document.activeElement.dataset.value === 'crack'")
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.activeElement.matches('textarea')")
    tab.get_by_role("button", name="Cancel").press("Enter")
    tab.wait_for_function(back_on_edit)
    made = current(stage)
    assert made is not None
    assert (made.by, made.pictures) == ("eva", ())

    review = opened(address, "/review", headers=EVA)
    review.wait_for_selector(".ml-stage")
    review.keyboard.press("g")
    use = review.locator(f'.ml-guide-drawer {CRACK} [data-action="add_example"]')
    use.focus()
    review.keyboard.press("Enter")
    wait_until(lambda: (found := current(stage)) is not None and len(found.pictures) == 1)
    review.wait_for_function(SHOWN.format(f".ml-guide-drawer {CRACK} figure img"))
    assert violations(review) == []

    reader = opened(address, "/review", headers=ANNA)
    reader.wait_for_selector(".ml-stage")
    reader.keyboard.press("g")
    reader.locator(f".ml-guide-drawer {CRACK}", has_text="A dark line").wait_for()
    reader.wait_for_function(SHOWN.format(f".ml-guide-drawer {CRACK} figure img"))
    assert reader.locator('[data-action="add_example"]').count() == 0
    reader.keyboard.press("g")
    reader.wait_for_selector(".ml-guide-drawer", state="detached")

    back = opened(address, "/guide?product=marble", headers=EVA)
    back.locator(f'{CRACK} [data-action="edit"]').click()
    back.locator('.ml-guide-versions [data-action="revert"]').click()
    wait_until(lambda: (found := current(stage)) is not None and not found.pictures)
    assert violations(back) == []


def test_an_operator_reads_the_page_and_can_not_change_it(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, _ = line
    tab = opened(address, "/guide", headers=ANNA)
    tab.wait_for_selector(CRACK)
    assert tab.locator(".ml-guide button").count() == 0


def test_a_slab_that_is_looked_at_closely_becomes_an_example_by_keyboard(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, stage = line
    verdict, picture = stage.capture(seed=9, label="dot", slab_id="G-9", decision=Decision.FAULTY)
    stage.judge(verdict, picture)
    tab = opened(address, f"/search?frame={verdict.frame.frame_id}", headers=EVA)
    tab.wait_for_selector(f'[data-action="view"][data-frame="{verdict.frame.frame_id}"]')
    tab.keyboard.press("v")
    use = tab.locator('.ml-viewer [data-action="add_example"][data-value="dot"]')
    use.focus()
    tab.keyboard.press("Enter")
    tab.locator(".ml-viewer [role=status]", has_text="Dot").wait_for()

    def examples() -> list[str]:
        found = [one for one in stage.store.current_guide("marble") if one.topic == "dot"]
        return [one.frame_id for entry in found for one in entry.pictures]

    assert examples() == [verdict.frame.frame_id]
    tab.keyboard.press("Enter")  # a second time it is refused, and said
    tab.locator(".ml-viewer [role=status]", has_text="one of them already").wait_for()
    assert examples() == [verdict.frame.frame_id]
    assert tab.evaluate("document.activeElement.dataset.value") == "dot"
    assert viewer_violations(tab) == []

    reader = opened(address, f"/search?frame={verdict.frame.frame_id}", headers=ANNA)
    reader.wait_for_selector(f'[data-action="view"][data-frame="{verdict.frame.frame_id}"]')
    reader.keyboard.press("v")
    reader.wait_for_selector(".ml-viewer")
    assert reader.locator('.ml-viewer [data-action="add_example"]').count() == 0
