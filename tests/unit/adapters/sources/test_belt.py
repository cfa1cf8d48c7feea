"""The camera above the soft PLC's belt."""

from pathlib import Path

import pytest

from marbleline.adapters.sources.belt import BeltSource
from marbleline.errors import SettingError
from marbleline.ports.source import CapturedImage
from marbleline.softplc.belt import Belt, write_belt
from tests.builders import START, FakeClock, make_picture

LABELS = ("good", "crack", "dot", "joint", "none")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_belt(Belt(start=100.0, pitch_mm=250.0, length_mm=160.0, faulty_share=0.5), tmp_path / "belt.json")
    (tmp_path / "pictures").mkdir()
    for number, label in enumerate(LABELS):
        (tmp_path / "pictures" / f"{label}-1.jpg").write_bytes(make_picture(number))
    return tmp_path


def at(folder: Path, seconds: float) -> CapturedImage:
    """What lies under the camera at that time."""
    image = BeltSource(folder, FakeClock(), lambda: seconds).next_image(0.1)
    assert image is not None
    return image


def test_it_shows_the_slab_that_lies_there(folder: Path) -> None:
    belt = Belt(start=100.0, pitch_mm=250.0, length_mm=160.0, faulty_share=0.5)

    for slab in range(1, 20):
        image = at(folder, 100.0 + slab * 0.25 + 0.1)
        assert image.origin == f"belt/{slab}/{belt.label(slab)}"
        assert image.content == make_picture(LABELS.index(belt.label(slab)))
        assert image.captured_at == START


def test_between_slabs_it_shows_the_belt(folder: Path) -> None:
    image = at(folder, 100.0 + 0.25 + 0.2)

    assert (image.origin, image.content) == ("belt/0/none", make_picture(4))


def test_a_label_without_pictures_is_told_of(folder: Path) -> None:
    (folder / "pictures" / "dot-1.jpg").unlink()

    with pytest.raises(SettingError, match="no pictures of dot"):
        BeltSource(folder)
