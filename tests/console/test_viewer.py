"""The viewer of one slab in a real browser: zoom and pan by wheel, drag, fingers and keys; keyboard alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from marbleline.domain.decision import Decision
from marbleline.domain.defect_regions import find_regions
from marbleline.domain.strangest_patch import StrangestPatch
from marbleline.domain.verdict import ModelRef, Verdict
from marbleline.ports.annotations import LabelQuery
from tests.console.conftest import lacking
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_products import go_to
from tests.models.taught_version import pictures_alone

STAGE = ".ml-viewer-stage"
ORIGINAL = "document.querySelector('.ml-viewer-picture')?.naturalWidth === 640"
SCALE = "Number(document.querySelector('.ml-viewer-stage').dataset.scale)"
SHEET = "document.querySelector('.ml-viewer-sheet').getBoundingClientRect()"
FINGERS = """([name, fingers]) => {
    const stage = document.querySelector('.ml-viewer-stage')
    const area = stage.getBoundingClientRect()
    stage.setPointerCapture = () => {}
    for (const [pointerId, x, y] of fingers)
        stage.dispatchEvent(new PointerEvent(name, {
            pointerId, pointerType: 'touch', bubbles: true, clientX: area.left + x, clientY: area.top + y,
        }))
}"""


@pytest.fixture
def slab(stage: Stage) -> Verdict:
    """A faulty slab, and another verdict on it by another camera."""
    slab_id = f"CLOSE-{stage.sequences.get('camera-2', 0)}"
    other, content = stage.capture("camera-2", seed=81, label="good", slab_id=slab_id)
    stage.judge(other, content)
    verdict, picture = stage.capture(seed=82, label="crack", slab_id=slab_id)
    assert verdict.decision is Decision.FAULTY
    stage.judge(verdict, picture)
    return verdict


@pytest.fixture
def tab(opened: Callable[..., Any], address: str, slab: Verdict) -> Any:
    """Search, with the slab on the screen and the viewer not yet open."""
    made = opened(address, f"/search?frame={slab.frame.frame_id}", width=1366, height=768)
    made.wait_for_selector(f'[data-action="view"][data-frame="{slab.frame.frame_id}"]')
    return made


def open_viewer(tab: Any, slab: Verdict) -> float:
    """Open it by its key; returns the scale at which the whole slab is shown."""
    tab.keyboard.press("v")
    tab.wait_for_selector(f'.ml-viewer[data-frame="{slab.frame.frame_id}"][data-original="true"]')
    tab.wait_for_function(ORIGINAL)
    tab.wait_for_function(f"{SHEET}.width > 300")
    scale: float = tab.evaluate(SCALE)
    return scale


def violations(tab: Any) -> list[tuple[str, str]]:
    """What axe finds in the viewer."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe: install the test group")
    found = Axe().run(tab, context={"include": [[".ml-viewer"]]}, options={"resultTypes": ["violations"]})
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]]


def test_a_slab_is_looked_at_closely_by_keyboard_alone(tab: Any, slab: Verdict, stage: Stage) -> None:
    fitted = open_viewer(tab, slab)
    assert tab.evaluate(f"document.activeElement.matches('{STAGE}')")
    for _ in range(4):
        tab.keyboard.press("+")
    assert tab.evaluate(SCALE) == pytest.approx(fitted * 1.25**4, rel=0.01)
    left = tab.evaluate(f"{SHEET}.left")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(f"{SHEET}.left") == pytest.approx(left - 60, abs=1)
    tab.keyboard.press("-")
    assert tab.evaluate(SCALE) == pytest.approx(fitted * 1.25**3, rel=0.01)
    tab.keyboard.press("0")
    assert tab.evaluate(SCALE) == fitted
    tab.keyboard.press("2")  # the page behind would label the slab
    go_to(tab, ".ml-viewer ol button")
    assert "crack" in tab.evaluate("document.activeElement.textContent")
    assert "px" in tab.evaluate("document.activeElement.textContent")
    tab.keyboard.press("Enter")
    assert tab.evaluate(SCALE) > fitted
    go_to(tab, ".ml-viewer input[type=range]")
    tab.keyboard.press("End")
    assert tab.evaluate("document.querySelector('.ml-viewer-heat').style.opacity") == "1"
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".ml-viewer", state="detached")
    tab.wait_for_function("document.activeElement.matches('[data-action=view]')")
    assert stage.store.labels(LabelQuery(frame_id=slab.frame.frame_id), 1) == []
    open_viewer(tab, slab)  # and it can be opened again


def test_the_focus_comes_back_though_the_page_is_being_drawn_anew(tab: Any, slab: Verdict) -> None:
    open_viewer(tab, slab)
    tab.evaluate("window.place = document.querySelector('.ml-view').parentElement")
    tab.evaluate("document.querySelectorAll('.ml-view').forEach((one) => (window.taken = one).remove())")
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".ml-viewer", state="detached")
    tab.evaluate("window.place.append(window.taken)")
    tab.wait_for_function("document.activeElement.matches('[data-action=view]')")


def test_wheel_drag_and_fingers_zoom_and_move(tab: Any, slab: Verdict) -> None:
    fitted = open_viewer(tab, slab)
    box = tab.locator(STAGE).bounding_box()
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3
    under = f"(({x}) - {SHEET}.left) / {SHEET}.width"
    before = tab.evaluate(under)
    tab.mouse.move(x, y)
    tab.mouse.wheel(0, -800)
    tab.wait_for_function(f"{SCALE} > {fitted} * 2")
    assert tab.evaluate(under) == pytest.approx(before, abs=0.01), "it zooms at the pointer"
    left = tab.evaluate(f"{SHEET}.left")
    tab.mouse.down()
    tab.mouse.move(x + 40, y + 10, steps=4)
    tab.mouse.up()
    assert tab.evaluate(f"{SHEET}.left") == pytest.approx(left + 40, abs=1)
    tab.keyboard.press("0")
    tab.evaluate(FINGERS, ["pointerdown", [[11, 300, 200], [12, 400, 200]]])
    tab.evaluate(FINGERS, ["pointermove", [[11, 200, 200], [12, 500, 200]]])
    tab.evaluate(FINGERS, ["pointerup", [[11, 200, 200], [12, 500, 200]]])
    assert tab.evaluate(SCALE) == pytest.approx(fitted * 3, rel=0.05)


def test_the_other_verdicts_on_the_slab_lead_to_it(tab: Any, slab: Verdict) -> None:
    open_viewer(tab, slab)
    tab.locator(".ml-viewer-panel a", has_text="camera-2").click()
    tab.locator(".ml-slab-title", has_text="camera-2").wait_for()
    assert tab.locator(".ml-viewer").count() == 0
    tab.wait_for_selector("[data-action=view]")
    tab.keyboard.press("v")
    tab.locator(".ml-viewer header", has_text="camera-2").wait_for()


def test_the_other_cameras_picture_of_the_slab_is_shown_beside_it_by_key(tab: Any, slab: Verdict) -> None:
    open_viewer(tab, slab)
    beside, width = tab.locator(".ml-viewer-beside"), f"document.querySelector('{STAGE}').clientWidth"
    assert not beside.is_visible()
    alone = tab.evaluate(width)
    tab.keyboard.press("b")
    figure = beside.locator("figure")
    figure.wait_for()
    assert "camera-2" in figure.inner_text()
    tab.wait_for_function("document.querySelector('.ml-viewer-small img').naturalWidth > 100")
    tab.wait_for_function(f"{width} < {alone} - 150")
    stage, small = tab.locator(STAGE).bounding_box(), figure.bounding_box()
    assert stage["x"] + stage["width"] <= small["x"], "they do not overlap"
    assert violations(tab) == []
    tab.keyboard.press("b")
    beside.wait_for(state="hidden")


def test_defects_are_polygons_that_stay_on_the_slab(tab: Any, slab: Verdict) -> None:
    open_viewer(tab, slab)
    polygons = tab.locator(".ml-viewer-outlines polygon.is-over")
    regions = find_regions(slab.heatmap.grid(), slab.decision, slab.defect)
    assert polygons.count() == len(regions)
    first = [
        [round(float(side)) for side in corner.split(",")]
        for corner in polygons.first.get_attribute("points").split()
    ]
    assert first == [[round(x * slab.width), round(y * slab.height)] for x, y in regions[0].outline]
    left, _, width, _ = regions[0].box
    for _ in range(2):
        box, sheet = polygons.first.bounding_box(), tab.evaluate(SHEET)
        assert (box["x"] - sheet["x"]) / sheet["width"] == pytest.approx(left, abs=0.01)
        assert box["width"] / sheet["width"] == pytest.approx(width, abs=0.02)
        tab.keyboard.press("+")
    tab.locator(".ml-viewer-panel input[type=checkbox]").uncheck()
    assert not polygons.first.is_visible()


def test_the_strangest_patch_is_shown_beside_the_nearest_good_one(
    opened: Callable[..., Any], stage: Stage, tmp_path: Path
) -> None:
    manifest = pictures_alone(tmp_path / "models" / "marble" / "1")
    verdict, content = stage.capture(seed=84, label="crack", slab_id="STRANGE-1")
    patch = StrangestPatch(0.4, 0.5, 0.05, 1 / 15, 3, 2.0)
    judge = ModelRef("marble", 1, manifest.digest, "litert")
    verdict = stage.judge(replace(verdict, strangest=patch, model=judge), content)
    model = str(tmp_path / "models" / "marble")
    with console(Path(stage.data), None, "--model", model) as (address, _):
        tab = opened(address, f"/search?frame={verdict.frame.frame_id}", width=1366, height=768)
        tab.wait_for_selector(f'[data-action="view"][data-frame="{verdict.frame.frame_id}"]')
        open_viewer(tab, verdict)
        here, good = tab.locator(".ml-viewer-patch img").all()
        tab.wait_for_function("document.querySelectorAll('.ml-viewer-patch img')[1].naturalWidth === 80")
        frame, whole = tab.locator(".ml-viewer-patch").first.bounding_box(), here.bounding_box()
        assert whole["width"] / frame["width"] == pytest.approx(1 / (5 * patch.width), rel=0.01)
        middle = (frame["x"] + frame["width"] / 2 - whole["x"]) / whole["width"]
        assert middle == pytest.approx(patch.left + patch.width / 2, abs=0.005)
        assert good.bounding_box()["width"] == pytest.approx(frame["width"], abs=1)
        assert violations(tab) == []
        fitted = tab.evaluate(SCALE)
        tab.get_by_role("button", name="Show it on the slab").click()
        assert tab.evaluate(SCALE) > fitted


def test_axe_finds_nothing_in_the_viewer(tab: Any, slab: Verdict) -> None:
    open_viewer(tab, slab)
    assert violations(tab) == []


@pytest.mark.parametrize("path", ["", "/review"])
def test_it_opens_on_live_and_review_too(
    opened: Callable[..., Any], address: str, stage: Stage, path: str
) -> None:
    verdict, picture = stage.capture(seed=83, label="dot", decision=Decision.REVIEW, slab_id="CLOSE-2")
    stage.judge(verdict, picture)
    tab = opened(address, path)
    button = tab.locator("[data-action=view]")
    button.click()
    tab.wait_for_selector(".ml-viewer[open]")
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".ml-viewer", state="detached")
