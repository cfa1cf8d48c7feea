"""A region says the same of a picture of any size, and its heat map is one of the whole picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.region import (
    WHOLE,
    Region,
    masks_of,
    masks_text,
    outline_of,
    region_of,
    shape_text,
)


@pytest.mark.parametrize(
    "text",
    [
        "0.5,0.5",
        "0,0 2,1",
        "0,0 nan,1",
        "a,b c,d",
        "0,0,0 1,1,1",
        "0.2,0.2 0.25,0.9",
        "0,0 1,0 0.5,0",
        " ".join(["0,0", "1,1"] * 26),
    ],
)
def test_what_is_no_outline_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two opposite corners"):
        outline_of(text)


def test_what_is_no_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="up to 50 shapes"):
        masks_of("0.1,0.1 0.2,0.2; 0.3,0.3")


def test_texts_are_read_and_written() -> None:
    assert outline_of(" ") == ()
    assert shape_text(outline_of("0.1,0.05  0.9,1")) == "0.1,0.05 0.9,1"
    assert masks_text(masks_of("0,0 0.1,0.1;0.5,0.5 0.6,0.5 0.6,0.6;")) == (
        "0,0 0.1,0.1; 0.5,0.5 0.6,0.5 0.6,0.6"
    )


def test_corners_may_be_given_in_any_order() -> None:
    assert region_of("0.9,1 0.1,0.05", None).box == (0.1, 0.05, 0.9, 1.0)


def test_a_rectangle_in_pixels() -> None:
    region = region_of("0.25,0.5 0.75,1", None)
    assert region.pixel_box(400, 200) == (100, 100, 300, 200)
    assert WHOLE.pixel_box(401, 199) == (0, 0, 401, 199)


def test_masks_and_a_polygon_leave_out_pixels_by_their_centres() -> None:
    masked = region_of(None, "0,0 0.5,0.5").kept(4, 6)
    assert masked.tolist() == [[False] * 3 + [True] * 3] * 2 + [[True] * 6] * 2
    triangle = region_of("0,0 1,0 0,1", None).kept(100, 100)
    assert triangle.mean() == pytest.approx(0.5, abs=0.02)
    assert triangle[0, 0]
    assert not triangle[-1, -1]


def test_cells_of_a_part_become_cells_of_the_whole_picture() -> None:
    heat = np.array([[1, 2], [3, 4]], np.uint8)
    whole = region_of("0.5,0 1,0.5", None).of_whole(heat)
    assert whole.tolist() == [[0, 0, 1, 2], [0, 0, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_masked_cells_are_cold() -> None:
    heat = np.full((4, 4), 200, np.uint8)
    whole = region_of(None, "0,0 0.5,1").of_whole(heat)
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
    whole = region.of_whole(heat)
    found = np.argwhere(whole == 0.75)
    assert len(found)
    y, x = ((found.mean(axis=0) + 0.5) / whole.shape).tolist()
    assert abs(x - (left + (column + 0.5) / columns * (right - left))) <= (right - left) / columns
    assert abs(y - (top + (row + 0.5) / rows * (bottom - top))) <= (bottom - top) / rows
