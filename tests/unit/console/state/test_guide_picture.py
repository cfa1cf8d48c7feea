"""Pictures of the guide: small in pixels and bytes, and of the part that was marked."""

import io

import numpy as np
import pytest
from PIL import Image

from marbleline.console.state.guide_picture import LONGEST, guide_picture, part_of, small_jpeg
from marbleline.domain.defect_guide import LARGEST_PICTURE
from marbleline.domain.label import MarkedRegion
from marbleline.errors import PictureError
from tests.builders import make_picture


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content), formats=("JPEG",)).size


def test_a_picture_is_never_enlarged_and_a_large_one_is_made_smaller() -> None:
    assert size_of(guide_picture(make_picture(width=320, height=240), None)) == (320, 240)
    assert size_of(guide_picture(make_picture(width=1600, height=800), None)) == (LONGEST, LONGEST // 2)


def test_noise_that_no_jpeg_makes_small_fits_too() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (900, 900, 3), np.uint8)
    made = small_jpeg(noise)
    assert len(made) <= LARGEST_PICTURE
    assert max(size_of(made)) >= LONGEST // 4


def test_the_marked_part_is_shown_with_what_is_around_it() -> None:
    rgb = np.zeros((100, 200, 3), np.uint8)
    rgb[40:60, 100:140] = 255
    part = part_of(rgb, MarkedRegion(0.5, 0.4, 0.2, 0.2))
    assert part.shape == (40, 80, 3)
    assert part.mean() == pytest.approx(255 / 4)
    assert part_of(rgb, MarkedRegion(0.0, 0.0, 0.2, 0.2)).shape == (30, 60, 3)
    assert min(part_of(rgb, MarkedRegion(0.999, 0.999, 0.001, 0.001)).shape[:2]) >= 1


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureError):
        guide_picture(b"\xff\xd8 no picture", None)
