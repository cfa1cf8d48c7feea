"""A camera's region in a real browser: by keyboard alone, by mouse, and only by an engineer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marbleline.domain.camera_setup import CameraSetup
from tests.builders import wait_until
from tests.console.process import console
from tests.console.stage import Stage
from tests.console.test_access import violations

EVA, ANNA = ({"X-Forwarded-User": name} for name in ("eva", "anna"))
PICTURE = ".ml-picture[data-setup=camera-1] .ml-frame"
APPLY = '[data-action="change"]'
TRIANGLE = ((0.2, 0.2), (0.6, 0.2), (0.4, 0.7))
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
# What Streamlit's socket carries with something drawn in it.
COUNT_DRAWN = """() => {
    window.drawn = 0
    const { send } = WebSocket.prototype
    WebSocket.prototype.send = function (data) {
        const text = typeof data === "string" ? data : new TextDecoder().decode(data)
        if (text.includes('"masks"')) window.drawn += 1
        return send.call(this, data)
    }
}"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Stage]]:
    """A line whose camera has shown a slab, and a console behind a proxy."""
    stage = Stage(tmp_path_factory.mktemp("cameras") / "data")
    stage.judge(*stage.capture(seed=5))
    stage.report()
    flags = ("--console-login", "header", "--console-operators", "anna", "--console-engineers", "eva")
    with console(stage.data, None, *flags) as (address, _):
        yield address, stage
    stage.close()


def current(stage: Stage) -> CameraSetup | None:
    found = stage.store.current_camera_setups("line-1")
    return found[0] if found else None


def tool(tab: Any, name: str) -> Any:
    """A button of the editor."""
    return tab.locator(f'.ml-editor [data-tool="{name}"]')


def place(tab: Any, at: tuple[float, float]) -> tuple[float, float]:
    """Where on the screen this share of the picture is."""
    box = tab.locator(PICTURE).bounding_box()
    return box["x"] + box["width"] * at[0], box["y"] + box["height"] * at[1]


def drag(tab: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture to another."""
    tab.mouse.move(*place(tab, start))
    tab.mouse.down()
    tab.mouse.move(*place(tab, end), steps=4)
    tab.mouse.up()


def points(text: str) -> list[float]:
    """The numbers of a region or mask, in order."""
    return [float(one) for point in text.split() for one in point.split(",")]


def flat(corners: tuple[tuple[float, float], ...]) -> list[float]:
    return [one for corner in corners for one in corner]


def test_a_region_is_set_by_keyboard_and_a_mask_by_mouse(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, stage = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.wait_for_selector(PICTURE)
    region = tab.get_by_label("Region", exact=True)
    region.focus()
    tab.keyboard.type("0.1,0 0.9,1")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"{APPLY}:not([disabled])")
    tab.locator(APPLY).focus()
    tab.keyboard.press("Enter")
    wait_until(lambda: (found := current(stage)) is not None and found.region == "0.1,0 0.9,1")
    made = current(stage)
    assert made is not None
    assert (made.masks, made.by) == (None, "eva")

    tool(tab, "mask").click()
    drag(tab, (0.25, 0.25), (0.5, 0.5))
    tab.wait_for_selector(f"{APPLY}:not([disabled])")
    tab.locator(APPLY).click()
    wait_until(lambda: (found := current(stage)) is not None and bool(found.masks))
    made = current(stage)
    assert made is not None
    assert made.masks is not None
    assert points(made.masks) == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=0.01)

    tab.wait_for_selector(".ml-setup-history tbody tr:nth-child(2)")
    tab.locator('[data-action="revert"]').first.click()
    wait_until(lambda: (found := current(stage)) is not None and found.masks is None)


def test_a_polygon_is_drawn_moved_taken_back_and_deleted_on_the_picture(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, _ = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.wait_for_selector(PICTURE)
    masks = tab.get_by_label("Masks", exact=True)
    masks.fill("")
    masks.press("Enter")
    tool(tab, "mask").click()
    for at in (*TRIANGLE, TRIANGLE[0]):
        tab.mouse.click(*place(tab, at))
    wait_until(lambda: points(masks.input_value()) == pytest.approx(flat(TRIANGLE), abs=0.01))

    drag(tab, TRIANGLE[1], (0.8, 0.1))
    moved = (TRIANGLE[0], (0.8, 0.1), TRIANGLE[2])
    wait_until(lambda: points(masks.input_value()) == pytest.approx(flat(moved), abs=0.01))
    tab.keyboard.press("ArrowLeft")  # the corner that was moved has the focus
    nudged = (TRIANGLE[0], (0.795, 0.1), TRIANGLE[2])
    wait_until(lambda: points(masks.input_value()) == pytest.approx(flat(nudged), abs=0.003))
    between = ((nudged[0][0] + nudged[1][0]) / 2, (nudged[0][1] + nudged[1][1]) / 2)
    drag(tab, between, (0.5, 0.02))
    wait_until(lambda: len(points(masks.input_value())) == 8)

    for left in (6, 6, 6):
        tool(tab, "undo").click()
        wait_until(lambda left=left: len(points(masks.input_value())) == left)  # type: ignore[misc]
    wait_until(lambda: points(masks.input_value()) == pytest.approx(flat(TRIANGLE), abs=0.01))
    tab.locator('.ml-editor-point[data-shape="0"]').first.focus()
    tab.keyboard.press("Delete")
    wait_until(lambda: masks.input_value() == "")
    tool(tab, "undo").click()
    wait_until(lambda: len(points(masks.input_value())) == 6)


def test_nothing_is_sent_while_the_pointer_moves(opened: Callable[..., Any], line: tuple[str, Stage]) -> None:
    address, _ = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.wait_for_selector(PICTURE)
    tab.evaluate(COUNT_DRAWN)
    start = place(tab, (0.3, 0.3))
    tab.mouse.move(*start)
    tab.mouse.down()
    for step in range(40):
        tab.mouse.move(start[0] + 2 * step, start[1] + 2 * step)
    assert tab.evaluate("window.drawn") == 0
    tab.mouse.up()
    tab.wait_for_function("window.drawn === 1")


def test_a_finger_draws_a_rectangle_and_the_page_stays(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, _ = line
    tab = opened(address, "/cameras", width=390, height=844, headers=EVA)
    tab.wait_for_selector(PICTURE)
    tool(tab, "region").click()
    tab.locator(PICTURE).scroll_into_view_if_needed()
    session = tab.context.new_cdp_session(tab)
    (x, y), (to_x, to_y) = place(tab, (0.2, 0.3)), place(tab, (0.9, 0.8))
    before = tab.evaluate(SCROLLED)
    for kind, at in (("touchStart", (x, y)), ("touchMove", (to_x, y)), ("touchMove", (to_x, to_y))):
        point = {"x": at[0], "y": at[1], "id": 1}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    region = tab.get_by_label("Region", exact=True)
    wait_until(lambda: points(region.input_value()) == pytest.approx([0.2, 0.3, 0.9, 0.8], abs=0.01))
    assert tab.evaluate(SCROLLED) == before


def test_axe_finds_nothing_in_the_editor(opened: Callable[..., Any], line: tuple[str, Stage]) -> None:
    address, _ = line
    tab = opened(address, "/cameras", headers=EVA)
    tab.wait_for_selector(PICTURE)
    drag(tab, (0.1, 0.1), (0.9, 0.9))
    tab.locator(".ml-editor-point.is-chosen").wait_for()
    assert violations(tab) == []


def test_an_operator_sees_it_and_can_not_change_it(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, _ = line
    tab = opened(address, "/cameras", headers=ANNA)
    tab.wait_for_selector(PICTURE)
    assert tab.locator(".ml-editor, [data-drawable]").count() == 0
    assert tab.locator(f'{APPLY}, [data-action="revert"]').count() == 0
    assert tab.get_by_label("Region", exact=True).count() == 0
