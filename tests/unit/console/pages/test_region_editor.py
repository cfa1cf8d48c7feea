"""What a browser says was drawn, which may be anything."""

import pytest

from marbleline.console.pages import region_editor
from marbleline.console.pages.region_editor import MOST_TEXT, Drawn

SAID = {"number": 7, "camera": "camera-1", "region": "0,0 1,0.5", "masks": ""}


def test_what_was_drawn_goes_into_the_inputs_of_the_camera_that_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state: dict[str, object] = {"cameras.camera": "camera-1", "region_editor": {"drawn": SAID}}
    monkeypatch.setattr(region_editor.st, "session_state", state)
    region_editor.take()
    assert state["cameras.region.camera-1"] == "0,0 1,0.5"
    assert state["cameras.masks.camera-1"] == ""
    state["region_editor"] = {"drawn": {**SAID, "number": 6, "region": "0,0 1,1"}}
    region_editor.take()
    assert state["cameras.region.camera-1"] == "0,0 1,0.5", "an older message changes nothing"
    state["region_editor"] = {"drawn": {**SAID, "number": 8, "camera": "camera-2"}}
    region_editor.take()
    assert "cameras.region.camera-2" not in state


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "0,0 1,1",
        {},
        {**SAID, "number": "7"},
        {**SAID, "camera": 3},
        {**SAID, "camera": ""},
        {**SAID, "masks": "0" * (MOST_TEXT + 1)},
        {**SAID, "region": "0" * (MOST_TEXT + 1)},
    ],
)
def test_what_is_not_a_drawing_is_none(said: object) -> None:
    assert Drawn.of(said) is None


def test_a_shape_that_is_no_text_is_empty() -> None:
    drawn = Drawn.of({**SAID, "region": None})
    assert drawn is not None
    assert drawn.region == ""
