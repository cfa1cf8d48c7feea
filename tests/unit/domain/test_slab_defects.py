"""Defects out of heat maps, put together over the edges of tiles."""

import numpy as np
import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.slab import SlabDefect
from marbleline.domain.slab_defects import MOST_DEFECTS, find_defects
from marbleline.domain.slab_layout import Box
from marbleline.domain.verdict import Heatmap, Verdict
from tests.builders import make_tile

FAULTY, GOOD, REVIEW = Decision.FAULTY, Decision.GOOD, Decision.REVIEW


def drawn(*rows: str) -> Heatmap:
    """A heat map from text: ``#`` certainly faulty, ``+`` 0.6, ``-`` 0.2, anything else 0."""
    values = {"#": 255, "+": 153, "-": 51}
    cells = bytes(values.get(cell, 0) for row in rows for cell in row)
    return Heatmap(rows=len(rows), columns=len(rows[0]), cells=cells)


def tile(
    number: int, *rows: str, decision: Decision = FAULTY, defect: str | None = "crack"
) -> tuple[int, Verdict]:
    return number, make_tile(number, 4, decision=decision, defect=defect, heatmap=drawn(*rows))


def found(*tiles: tuple[int, Verdict], boxes: dict[int, Box] | None = None) -> tuple[SlabDefect, ...]:
    """Tiles of 40 x 30 mm side by side, in cells of 10 mm."""
    boxes = boxes or {number: Box((number - 1) * 40, 0, 40, 30) for number in range(1, 5)}
    return find_defects(dict(tiles), boxes)


def test_a_defect_lies_where_its_cells_are() -> None:
    (one,) = found(tile(1, "    ", " ## ", "  + "))
    assert (one.left, one.top, one.width, one.height, one.cell) == (10, 10, 20, 20, 10)
    assert (one.area, one.probability, one.defect, one.tiles) == (300, 1, "crack", (1,))
    assert one.x == pytest.approx((15 + 25 + 25 * 0.6) / 2.6)
    assert one.y == pytest.approx((15 + 15 + 25 * 0.6) / 2.6)


def test_a_crack_over_the_edge_of_two_tiles_is_one() -> None:
    (one,) = found(tile(1, "    ", "  ##", "    "), tile(2, "    ", "##  ", "    "))
    assert (one.left, one.width, one.length, one.tiles) == (20, 40, 30, (1, 2))


def test_two_dots_are_two_and_a_fading_crack_is_one() -> None:
    assert len(found(tile(1, "    ", "# # ", "    ", defect="dot"))) == 2
    assert len(found(tile(1, "    ", "# # ", "    "))) == 1
    assert len(found(tile(1, "    ", "#  #", "    "))) == 2


def test_what_two_tiles_both_show_is_measured_once() -> None:
    boxes = {1: Box(0, 0, 40, 30), 2: Box(20, 0, 40, 30)}
    (one,) = found(tile(1, "    ", " ###", "    "), tile(2, "    ", "### ", "    "), boxes=boxes)
    assert (one.left, one.width, one.area, one.length) == (10, 40, 400, 30)


def test_the_outline_is_in_coordinates_of_the_slab() -> None:
    (one,) = found(tile(2, "    ", " ## ", "  + "))
    assert one.outline == ((50, 10), (70, 10), (70, 30), (60, 30), (60, 20), (50, 20))


def test_an_outline_goes_over_the_edge_of_tiles_that_lie_askew() -> None:
    boxes = {1: Box(5, 0, 40, 30), 2: Box(39, 3, 40, 30)}
    (one,) = found(tile(1, "    ", "  ##", "    "), tile(2, "    ", " ## ", "    "), boxes=boxes)
    across, down = zip(*one.outline, strict=True)
    assert (min(across), min(down)) == (25, 10)
    assert max(across) == pytest.approx(one.left + one.width, abs=10)
    assert max(down) == pytest.approx(one.top + one.height, abs=10)


def test_classes_are_kept_apart() -> None:
    both = found(tile(1, "    ", "   #", "    "), tile(2, "    ", "#   ", "    ", defect="joint"))
    assert {one.defect for one in both} == {"crack", "joint"}


def test_the_length_follows_the_crack_and_not_its_box() -> None:
    (one,) = found(tile(1, "####", "   #", "####"))
    assert one.length == pytest.approx(30 + 20 + 30, abs=12)
    assert one.length > 50


def test_a_good_tile_has_no_defect() -> None:
    assert not found(tile(1, "####", "####", "####", decision=GOOD, defect=None))


def test_a_faulty_tile_has_one_where_it_looks_worst_though_no_cell_is_sure() -> None:
    (one,) = found(tile(1, "    ", " -  ", "    "))
    assert (one.left, one.probability) == (10, pytest.approx(0.2))
    assert not found(tile(1, "    ", " -  ", "    ", decision=REVIEW))
    assert not found(tile(1, "    ", "    ", "    "))


def test_a_heat_map_of_another_size_than_it_says_is_none() -> None:
    broken = make_tile(1, 1, decision=FAULTY, heatmap=Heatmap(rows=3, columns=3, cells=b"\xff"))
    empty = make_tile(1, 1, decision=FAULTY, heatmap=Heatmap(rows=0, columns=0, cells=b""))
    for one in (broken, empty):
        assert not find_defects({1: one}, {1: Box(0, 0, 1, 1)})


@pytest.mark.parametrize("defect", ["crack", "dot"])
def test_a_wholly_faulty_slab_and_one_of_a_thousand_dots_are_bounded(defect: str) -> None:
    cells = np.zeros((60, 80), np.uint8)
    cells[::2, ::2] = 255
    heat = {"crack": bytes([255]) * 4_800, "dot": cells.tobytes()}[defect]
    tiles = {
        n: make_tile(n, 6, decision=FAULTY, defect=defect, heatmap=Heatmap(rows=60, columns=80, cells=heat))
        for n in range(1, 7)
    }
    boxes = {n: Box((n - 1) * 320, 0, 320, 240) for n in tiles}
    assert 0 < len(find_defects(tiles, boxes)) <= MOST_DEFECTS
