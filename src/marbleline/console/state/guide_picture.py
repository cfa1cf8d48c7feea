"""A slab's picture made small enough for the guide: the part that a person marked, with what is around it."""

from contextlib import closing
from typing import Final

import numpy as np
from PIL import Image

from marbleline.domain.defect_guide import LARGEST_PICTURE
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.label import MarkedRegion
from marbleline.domain.picture import Limits, Pixels, thumbnail
from marbleline.sandbox.decoder import PictureDecoder

LONGEST: Final = 640
"""Pixels of a picture's longer side."""

_DECODED: Final = 2_560
# A larger JPEG is decoded at a fraction of its size: enough for a part of it to be sharp.
_ENOUGH: Final = InputSpec(short_side=1920, step=16, max_long_side=7680)
_AROUND: Final = 0.5
"""Of the marked part's width and height, shown on each side of it."""
_QUALITIES: Final = (85, 75, 60, 45)


def guide_picture(content: bytes, region: MarkedRegion | None) -> bytes:
    """A JPEG of ``LARGEST_PICTURE`` bytes at most of a picture as captured.

    Raises PictureError, SandboxUnavailable.
    """
    with closing(PictureDecoder()) as decoder:
        rgb = decoder.shrunk(content, _ENOUGH, _DECODED, Limits()).rgb
    return small_jpeg(part_of(rgb, region) if region is not None else rgb)


def part_of(rgb: Pixels, region: MarkedRegion) -> Pixels:
    """The marked part of uint8 [rows, columns, 3] with what is around it, within the picture."""
    rows, columns = rgb.shape[:2]
    across, down = region.width * _AROUND, region.height * _AROUND
    left, right = _cut(region.left - across, region.left + region.width + across, columns)
    top, bottom = _cut(region.top - down, region.top + region.height + down, rows)
    return rgb[top:bottom, left:right]


def small_jpeg(rgb: Pixels) -> bytes:
    """``LONGEST`` pixels and ``LARGEST_PICTURE`` bytes at most; never enlarged."""
    longest = LONGEST
    while True:
        image = Image.fromarray(np.ascontiguousarray(rgb))
        image.thumbnail((longest, longest))
        pixels: Pixels = np.asarray(image)
        for quality in _QUALITIES:
            made = thumbnail(pixels, quality)
            if len(made) <= LARGEST_PICTURE:
                return made
        longest //= 2


def _cut(low: float, high: float, size: int) -> tuple[int, int]:
    begin = min(size - 1, max(0, round(low * size)))
    return begin, max(begin + 1, min(size, round(high * size)))
