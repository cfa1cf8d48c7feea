"""Synthetic slabs as a source."""

import io

from PIL import Image

from marbleline.adapters.pace import Pace
from marbleline.adapters.source_synthetic import SyntheticSource
from marbleline.ports.source import SPOOL_FULL, Shot
from tests.builders import FakeClock, make_frame


def source(seed: int = 0, faulty_share: float = 0.3, last: int = 0) -> SyntheticSource:
    opened = SyntheticSource(1000, seed, faulty_share, FakeClock(), Pace(1e9))
    opened.resume(make_frame(last) if last else None)
    return opened


def shots(opened: SyntheticSource, count: int) -> list[Shot]:
    found = []
    for number in range(count):
        shot = opened.take(1.0)
        assert shot is not None
        opened.landed(shot, make_frame(number + 1))
        found.append(shot)
    return found


def test_a_picture_of_640x480_with_its_slab_and_the_truth() -> None:
    [shot] = shots(source(seed=4), 1)
    with Image.open(io.BytesIO(shot.content)) as image:
        assert (image.format, image.size) == ("JPEG", (640, 480))
    assert shot.slab_id == "slab-4-000001"
    assert shot.origin is not None
    kind, seed, number, stone, label = shot.origin.split("/")
    assert (kind, seed, number) == ("synthetic", "4", "1")
    assert stone
    assert label in ("good", "crack", "dot", "joint")


def test_a_seed_gives_the_same_series_also_after_a_restart() -> None:
    whole = [shot.content for shot in shots(source(), 5)]
    assert [shot.content for shot in shots(source(), 2) + shots(source(last=2), 3)] == whole
    assert [shot.content for shot in shots(source(seed=1), 5)] != whole


def test_what_a_full_spool_refused_is_drawn_again() -> None:
    opened = source()
    first = opened.take(1.0)
    assert first is not None
    opened.refused(first, SPOOL_FULL, "full")
    assert shots(opened, 1)[0].content == first.content


def test_the_share_of_faulty_slabs() -> None:
    def labels(share: float) -> list[str]:
        return [
            shot.origin.rpartition("/")[2] for shot in shots(source(faulty_share=share), 8) if shot.origin
        ]

    assert set(labels(0.0)) == {"good"}
    assert "good" not in labels(1.0)
