"""Polygons around cells: the area that they have, what touches by a corner, and how many corners are left."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from marbleline.domain.cell_outline import Cell, connected, outline_of_cells
from marbleline.domain.region import Point

SCALE = 8


def drawn(*rows: str) -> set[Cell]:
    return {(x, y) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == "#"}


def area(corners: list[Point]) -> float:
    """By the shoelace formula; positive if they are in clockwise order, with y downwards."""
    following = [*corners[1:], corners[0]]
    return sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in zip(corners, following, strict=True)) / 2


def filled(corners: list[Point], size: int) -> set[Cell]:
    """The cells whose centre lies in the polygon, by another program."""
    image = Image.new("L", (size * SCALE, size * SCALE))
    ImageDraw.Draw(image).polygon([(x * SCALE - 0.5, y * SCALE - 0.5) for x, y in corners], fill=1)
    inside = np.asarray(image)[SCALE // 2 :: SCALE, SCALE // 2 :: SCALE]
    return {(int(x), int(y)) for y, x in zip(*np.nonzero(inside), strict=True)}


def test_one_cell_is_a_square() -> None:
    assert outline_of_cells({(2, 1)}) == [(2, 1), (3, 1), (3, 2), (2, 2)]


def test_straight_sides_have_no_corners_between() -> None:
    assert outline_of_cells(drawn("##", "# ", "# ")) == [(0, 0), (2, 0), (2, 1), (1, 1), (1, 3), (0, 3)]


@pytest.mark.parametrize("rows", [("# ", " #"), (" #", "# ")])
def test_what_touches_by_a_corner_is_one_polygon(rows: tuple[str, ...]) -> None:
    cells = drawn(*rows)
    assert connected(cells) == [cells]
    corners = outline_of_cells(cells)
    assert area(corners) == 2
    assert filled(corners, 2) == cells


def test_a_hole_is_not_cut_out() -> None:
    assert area(outline_of_cells(drawn("###", "# #", "###"))) == 9


def test_groups_over_a_gap_have_the_cells_between() -> None:
    cells = drawn("#  #", "    ", "   #")
    assert len(connected(cells)) == 3
    assert {(3, 1)} in [group - cells for group in connected(cells, 2)]
    assert len(connected(cells, 2)) == 2
    assert connected(cells, 3) == [cells | {(3, 1), (1, 0), (2, 0), (1, 1), (2, 1)}]


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1))
def test_an_outline_goes_around_all_its_cells(cells: set[Cell]) -> None:
    groups = connected(cells)
    assert set().union(*groups) == cells
    assert sum(map(len, groups)) == len(cells)
    for group in groups:
        corners = outline_of_cells(group, most=10_000)
        # At least its cells: more where holes are filled.
        assert area(corners) >= len(group)
        assert group <= filled(corners, 8)


@given(st.sets(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=1), st.integers(1, 3))
def test_whatever_the_cells_the_corners_are_bounded(cells: set[Cell], reach: int) -> None:
    for group in connected(cells, reach):
        assert connected(group) == [group], "in one piece"
        corners = outline_of_cells(group, most=12)
        assert 3 <= len(corners) <= 12
        assert all(0 <= side <= 16 for corner in corners for side in corner)


def test_a_long_slanting_crack_keeps_its_ends_and_its_course() -> None:
    cells = {(place, place // 2) for place in range(60)}
    corners = outline_of_cells(cells)
    assert 4 <= len(corners) <= 40
    assert (0, 0) in corners
    assert max(x for x, _ in corners) == 60
    assert area(corners) == pytest.approx(60, abs=20)
