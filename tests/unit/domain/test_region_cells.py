"""What a region leaves of a picture's pixels, and its heat map as one of the whole picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.region import Region, region_of
from marbleline.domain.region_cells import cells_of_whole, kept_pixels


def test_masks_and_a_polygon_leave_out_pixels_by_their_centres() -> None:
    masked = kept_pixels(region_of(None, "0,0 0.5,0.5"), 4, 6)
    assert masked.tolist() == [[False] * 3 + [True] * 3] * 2 + [[True] * 6] * 2
    triangle = kept_pixels(region_of("0,0 1,0 0,1", None), 100, 100)
    assert triangle.mean() == pytest.approx(0.5, abs=0.02)
    assert triangle[0, 0]
    assert not triangle[-1, -1]


def test_cells_of_a_part_become_cells_of_the_whole_picture() -> None:
    heat = np.array([[1, 2], [3, 4]], np.uint8)
    whole = cells_of_whole(region_of("0.5,0 1,0.5", None), heat)
    assert whole.tolist() == [[0, 0, 1, 2], [0, 0, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_masked_cells_are_cold() -> None:
    heat = np.full((4, 4), 200, np.uint8)
    whole = cells_of_whole(region_of(None, "0,0 0.5,1"), heat)
    assert whole.tolist() == [[0, 0, 200, 200]] * 4


side = st.floats(0, 0.4), st.floats(0.5, 1)


@given(*side, *side, st.integers(1, 30), st.integers(1, 30), st.data())
def test_no_cell_is_lost_or_moved_by_more_than_one(
    left: float, right: float, top: float, bottom: float, rows: int, columns: int, data: st.DataObject
) -> None:
    region = Region(((left, top), (right, bottom)))
    heat = np.zeros((rows, columns), np.float32)
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    heat[row, column] = 0.75
    whole = cells_of_whole(region, heat)
    found = np.argwhere(whole == 0.75)
    assert len(found)
    y, x = ((found.mean(axis=0) + 0.5) / whole.shape).tolist()
    assert abs(x - (left + (column + 0.5) / columns * (right - left))) <= (right - left) / columns
    assert abs(y - (top + (row + 0.5) / rows * (bottom - top))) <= (bottom - top) / rows
