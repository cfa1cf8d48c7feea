"""Synthetic slabs as a source."""

import io

import pytest
from PIL import Image

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.synthetic import SyntheticSource
from marbleline.ports.source import SPOOL_FULL, CapturedImage
from tests.builders import FakeClock, make_frame


def source(seed: int = 0, faulty_share: float = 0.3, last: int = 0) -> SyntheticSource:
    opened = SyntheticSource(1000, seed, faulty_share, FakeClock(), FrameInterval(1e9))
    opened.resume(make_frame(last) if last else None)
    return opened


def captured_images(opened: SyntheticSource, count: int) -> list[CapturedImage]:
    found = []
    for number in range(count):
        captured = opened.next_image(1.0)
        assert captured is not None
        opened.committed(captured, make_frame(number + 1))
        found.append(captured)
    return found


def test_a_picture_of_640x480_with_its_slab_and_the_truth() -> None:
    [captured] = captured_images(source(seed=4), 1)
    with Image.open(io.BytesIO(captured.content)) as image:
        assert (image.format, image.size) == ("JPEG", (640, 480))
    assert captured.slab_id == "slab-4-000001"
    assert captured.origin is not None
    kind, seed, number, stone, label = captured.origin.split("/")
    assert (kind, seed, number) == ("synthetic", "4", "1")
    assert stone
    assert label in ("good", "crack", "dot", "joint")


def test_a_seed_gives_the_same_series_also_after_a_restart() -> None:
    whole = [captured.content for captured in captured_images(source(), 5)]
    assert [
        captured.content for captured in captured_images(source(), 2) + captured_images(source(last=2), 3)
    ] == whole
    assert [captured.content for captured in captured_images(source(seed=1), 5)] != whole


def test_what_a_full_spool_refused_is_drawn_again() -> None:
    opened = source()
    first = opened.next_image(1.0)
    assert first is not None
    opened.rejected(first, SPOOL_FULL, "full")
    assert captured_images(opened, 1)[0].content == first.content


def test_the_share_of_faulty_slabs() -> None:
    def labels(share: float) -> list[str]:
        return [
            captured.origin.rpartition("/")[2]
            for captured in captured_images(source(faulty_share=share), 8)
            if captured.origin
        ]

    assert set(labels(0.0)) == {"good"}
    assert "good" not in labels(1.0)


def test_a_slab_of_several_tiles_is_one_picture_cut_in_pieces() -> None:
    opened = SyntheticSource(1000, 3, 1.0, FakeClock(), FrameInterval(1e9), tiles=3, station="camera-1")
    found = captured_images(opened, 7)
    tiles = [captured.tile for captured in found]
    assert [(one.trigger, one.tile, one.tiles) for one in tiles if one] == [
        (1 + number // 3, 1 + number % 3, 3) for number in range(7)
    ]
    spans = [(one.encoder_start, one.encoder_end) for one in tiles if one]
    assert spans == [(number * 640, number * 640 + 640) for number in range(7)]
    assert {one.station for one in tiles if one} == {"camera-1"}
    assert len({captured.slab_id for captured in found}) == 3
    labels = {captured.origin.split("/")[4] for captured in found[:3] if captured.origin}
    assert labels - {"good"}, "a faulty slab has a tile that shows the defect"
    opened.resume(make_frame(4))
    assert captured_images(opened, 1)[0].content == found[4].content


def test_the_shares_of_a_defect_on_the_tiles_of_its_slab_add_up() -> None:
    source = SyntheticSource(1.0, seed=3, faulty_share=1.0, tiles=4)
    shares = [source.defect_share(1, place) for place in range(4)]
    assert sum(shares) == pytest.approx(1.0)
    for place, share in enumerate(shares):
        assert source.picture(1, place)[1].endswith("/good") == (share == 0.0)
    assert SyntheticSource(1.0, seed=3, faulty_share=0.0, tiles=4).defect_share(1, 0) == 0.0
