"""A camera's region in pixels of a picture, and in cells of a heat map."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from marbleline.domain.region import Point, Region, Shape

Kept = npt.NDArray[np.bool_]

_FINER: Final = 4

_Cell = TypeVar("_Cell", np.uint8, np.float32)


@lru_cache(maxsize=16)
def kept_pixels(region: Region, rows: int, columns: int) -> Kept:
    """bool [rows, columns] over the region's ``box``: what is judged there, read-only."""
    kept = _kept(region, region.box, rows, columns)
    kept.flags.writeable = False
    return kept


def cells_of_whole(region: Region, cells: npt.NDArray[_Cell], outside: int = 0) -> npt.NDArray[_Cell]:
    """Cells of a heat map over the region's ``box``, [rows, columns], as cells of one of the whole picture.

    A cell is as large as before, or a little smaller; what is not judged is ``outside``.
    """
    left, top, right, bottom = region.box
    rows, columns = cells.shape
    if not rows or not columns:
        return cells
    down, across = _places(rows, top, bottom), _places(columns, left, right)
    whole = np.full((len(down), len(across)), outside, cells.dtype)
    inside = np.ix_(down >= 0, across >= 0)
    whole[inside] = cells[np.ix_(down[down >= 0], across[across >= 0])]
    if not region.is_rectangle:
        fine = _kept(region, (0.0, 0.0, 1.0, 1.0), len(down) * _FINER, len(across) * _FINER)
        whole[~fine.reshape(len(down), _FINER, len(across), _FINER).any(axis=(1, 3))] = outside
    return whole


def _places(count: int, first: float, last: float) -> npt.NDArray[np.intp]:
    """Of each cell of the whole: which of ``count`` cells from ``first`` to ``last`` it shows, -1 none."""
    whole = math.ceil(count / (last - first) - 1e-9)
    centres = (np.arange(whole) + 0.5) / whole
    places = np.floor((centres - first) / (last - first) * count).astype(np.intp)
    places[(places < 0) | (places >= count)] = -1
    return places


def _kept(region: Region, box: tuple[float, float, float, float], rows: int, columns: int) -> Kept:
    """bool [rows, columns] over ``box``."""
    left, top, right, bottom = box

    def draw(on: ImageDraw.ImageDraw, shape: Shape, fill: int) -> None:
        # Pillow counts a pixel in whose coordinate is the corner's: half a pixel less, and centres decide.
        pixels = [
            ((x - left) / (right - left) * columns - 0.5, (y - top) / (bottom - top) * rows - 0.5)
            for x, y in shape
        ]
        on.polygon(_corners(pixels), fill=fill)

    image = Image.new("L", (columns, rows), 0 if region.outline else 1)
    on = ImageDraw.Draw(image)
    if region.outline:
        draw(on, region.outline, 1)
    for mask in region.masks:
        draw(on, mask, 0)
    return np.asarray(image, dtype=np.uint8) > 0


def _corners(points: Sequence[Point]) -> list[Point]:
    """The points of a polygon; two are opposite corners of a rectangle."""
    if len(points) > 2:
        return list(points)
    (left, top), (right, bottom) = points
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
