"""The controls below the picture name the slabs that they are for."""

import re

from marbleline.console.components.live import controls, live
from marbleline.console.components.markup import Html, el
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.selection import ViewFilter, displayed_slab
from marbleline.console.state.snapshot import CameraView
from tests.builders import make_report, make_verdict
from tests.unit.console.components.test_components import make_snapshot

THREE = tuple(make_verdict(number) for number in (3, 2, 1))
SNAPSHOT = make_snapshot(*THREE)
NAMES = tuple(verdict.frame.frame_id for verdict in THREE)


def buttons(view_filter: ViewFilter, snapshot: object = SNAPSHOT) -> dict[str, str]:
    """Action and value or key -> the rest of the button's tag."""
    assert isinstance(snapshot, type(SNAPSHOT))
    markup: Html = controls(snapshot, Locale(), view_filter, displayed_slab(snapshot, view_filter), heat=True)
    found: dict[str, str] = {}
    for tag in re.findall(r"<button [^>]*>", markup):
        named = dict(re.findall(r'data-(action|value|key)="([^"]*)"', tag))
        found[" ".join(named.values())] = tag
    return found


def test_the_slabs_beside_are_those_of_the_large_one() -> None:
    found = buttons(ViewFilter())
    assert f'data-frame="{NAMES[1]}"' in found["hold ArrowLeft"]
    assert "disabled" in found["hold ArrowRight"]
    assert f'data-frame="{NAMES[0]}"' in found["toggle_hold"]
    held = buttons(ViewFilter(held=THREE[1]))
    assert f'data-frame="{NAMES[2]}"' in held["hold ArrowLeft"]
    assert f'data-frame="{NAMES[0]}"' in held["hold ArrowRight"]
    assert 'aria-pressed="true"' in held["toggle_hold"]


def test_a_camera_is_chosen_where_there_are_several() -> None:
    assert "camera camera-1" not in buttons(ViewFilter())
    cameras = tuple(CameraView(name, make_report(name), None) for name in ("camera-1", "camera-2"))
    found = buttons(ViewFilter(camera="camera-2"), make_snapshot(*THREE, cameras=cameras))
    assert 'aria-pressed="true"' in found["camera camera-2"]
    assert 'aria-pressed="false"' in found["camera camera-1"]
    assert 'aria-pressed="true"' in buttons(ViewFilter(suspect_only=True))["follow suspect"]


def test_of_a_wall_only_the_chosen_camera_is_among_the_buttons() -> None:
    views = tuple(CameraView(name, make_report(name), None) for name in map("camera-{}".format, range(1, 17)))
    snapshot = make_snapshot(*THREE, cameras=views)
    found = buttons(ViewFilter(camera="camera-7"), snapshot)
    assert [one for one in found if one.startswith("camera")] == ["camera ", "camera camera-7"]
    assert not [one for one in buttons(ViewFilter(), snapshot) if one.startswith("camera")]


def test_nothing_can_be_held_before_the_first_slab() -> None:
    assert "disabled" in buttons(ViewFilter(), make_snapshot())["toggle_hold"]


def test_the_band_is_above_both_columns() -> None:
    drawn = live(el("b", "band"), [el("i", "left")], [el("i", "right")])
    assert drawn.index("band") < drawn.index("left") < drawn.index("right")
