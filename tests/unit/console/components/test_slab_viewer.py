"""What the viewer shows beside a slab: its other pictures, each once."""

from msgspec.structs import replace

from marbleline.console.components.slab_viewer import MOST_BESIDE, shown
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.slab_view import SlabView
from marbleline.domain.defect_guide import TOPICS
from marbleline.domain.verdict import Verdict
from tests.builders import START, make_frame, make_verdict


def tile(sequence: int, camera: str, number: int | None = None) -> Verdict:
    frame = make_frame(sequence, camera, slab_id="S-1")
    if number is not None:
        frame = replace(frame, station="in", trigger=7, tile=number, tiles=20)
    return make_verdict(frame=frame)


def beside(view: SlabView) -> list[object]:
    data = shown(view, None, Locale(), START)["beside"]
    assert isinstance(data, list)
    return data


def test_each_other_camera_and_tile_once_in_order_with_its_newest_verdict() -> None:
    own, again = tile(2, "camera-1", 1), tile(1, "camera-1", 1)
    newer, older = tile(4, "camera-2", 2), tile(3, "camera-2", 2)
    first = tile(5, "camera-1", 2)
    found = beside(SlabView(own, None, others=[newer, older, first, again]))
    assert [one["frame"] for one in found] == [first.frame.frame_id, newer.frame.frame_id]  # type: ignore[index]
    assert found[0]["text"].startswith("camera-1 · tile 2 · ")  # type: ignore[index]


def test_a_slab_of_one_picture_has_none_beside_and_one_of_many_some() -> None:
    assert beside(SlabView(tile(1, "camera-1"), None)) == []
    many = [tile(number, f"camera-{number}") for number in range(2, 20)]
    assert len(beside(SlabView(tile(1, "camera-1"), None, others=many))) == MOST_BESIDE


def test_who_writes_the_guide_may_use_a_slab_whose_picture_is_in_the_store() -> None:
    def offered(picture: bytes | None, *, writes: bool) -> list[str]:
        data = shown(SlabView(tile(1, "camera-1"), picture), None, Locale("en"), START, writes_guide=writes)
        guide = data["guide"]
        assert isinstance(guide, list)
        return [one["topic"] for one in guide]

    assert offered(b"picture", writes=True) == list(TOPICS)
    assert offered(b"picture", writes=False) == []
    assert offered(None, writes=True) == []
