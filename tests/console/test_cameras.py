"""A camera's region in a real browser: by keyboard alone, by mouse, and only by an engineer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marbleline.domain.camera_setup import CameraSetup
from tests.builders import wait_until
from tests.console.process import console
from tests.console.stage import Stage

EVA, ANNA = ({"X-Forwarded-User": name} for name in ("eva", "anna"))
PICTURE = ".ml-picture[data-setup=camera-1] .ml-frame"
APPLY = '[data-action="change"]'


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

    tab.get_by_text("is a mask more").click()
    tab.wait_for_selector('[data-testid="stButtonGroup"] [aria-checked=true]:has-text("mask")')
    box = tab.locator(PICTURE).bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=4)
    tab.mouse.up()
    tab.wait_for_selector(f"{APPLY}:not([disabled])")
    tab.locator(APPLY).click()
    wait_until(lambda: (found := current(stage)) is not None and bool(found.masks))
    made = current(stage)
    assert made is not None
    assert made.masks is not None
    corners = [float(one) for point in made.masks.split() for one in point.split(",")]
    assert corners == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=0.01)

    tab.wait_for_selector(".ml-setup-history tbody tr:nth-child(2)")
    tab.locator('[data-action="revert"]').first.click()
    wait_until(lambda: (found := current(stage)) is not None and found.masks is None)


def test_an_operator_sees_it_and_can_not_change_it(
    opened: Callable[..., Any], line: tuple[str, Stage]
) -> None:
    address, _ = line
    tab = opened(address, "/cameras", headers=ANNA)
    tab.wait_for_selector(PICTURE)
    assert tab.locator("[data-drawable]").count() == 0
    assert tab.locator(f'{APPLY}, [data-action="revert"]').count() == 0
    assert tab.get_by_label("Region", exact=True).count() == 0
