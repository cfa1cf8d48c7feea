"""Defects of a slab: the hot cells of its tiles' heat maps, put together in slab coordinates.

A crack that runs over an edge between two tiles is one defect. Cells are joined rather than boxes, so where
tiles overlap nothing is measured twice.
"""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.domain.cell_outline import connected, outline_of_cells
from marbleline.domain.decision import Decision
from marbleline.domain.defect_regions import CELL_FROM, GAPS, hot_cells
from marbleline.domain.slab import SlabDefect
from marbleline.domain.slab_layout import Box
from marbleline.domain.verdict import Verdict

MOST_DEFECTS: Final = 200
"""The likeliest that a slab verdict lists: a message is bounded, and so is what a person reads."""

_LONGEST_SEARCH: Final = 400
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class _Cell:
    x: float
    y: float
    width: float
    height: float
    value: float
    tile: int


def find_defects(
    seen: Mapping[int, Verdict], boxes: Mapping[int, Box], cell_from: float = CELL_FROM
) -> tuple[SlabDefect, ...]:
    """The defects of all tiles that are not good, likeliest first; ``boxes``: where each tile lies."""
    by_defect: dict[str, list[_Cell]] = {}
    for tile, verdict in sorted(seen.items()):
        if verdict.defect is not None and verdict.decision is not Decision.GOOD:
            by_defect.setdefault(verdict.defect, []).extend(_cells(tile, verdict, boxes[tile], cell_from))
    found = [
        _measured(defect, part, gap)
        for defect, cells in by_defect.items()
        for gap in [GAPS.get(defect, 0)]
        for part in _joined(cells, gap)
    ]
    found.sort(key=lambda one: (-one.probability, -one.area, one.x, one.y))
    return tuple(found[:MOST_DEFECTS])


def _cells(tile: int, verdict: Verdict, box: Box, cell_from: float) -> list[_Cell]:
    """The hot cells of a tile, the hottest ones if there are too many."""
    heat = verdict.heatmap
    values = np.frombuffer(heat.cells, np.uint8)
    if not heat.rows or not heat.columns or len(values) != heat.rows * heat.columns:
        return []
    hot = hot_cells(values, verdict.decision, cell_from)
    width, height = box.width / heat.columns, box.height / heat.rows
    return [
        _Cell(
            box.left + (place % heat.columns + 0.5) * width,
            box.top + (place // heat.columns + 0.5) * height,
            width,
            height,
            int(values[place]) / 255,
            tile,
        )
        for place in hot.tolist()
    ]


def _neighbours(cells: Sequence[_Cell], gap: int) -> list[list[int]]:
    """Of each cell the places of those that touch it, or have at most ``gap`` cells between."""
    # A thousandth more, for the rounding of coordinates.
    reach_x = max(cell.width for cell in cells) * (gap + 1.001)
    reach_y = max(cell.height for cell in cells) * (gap + 1.001)
    bins: dict[tuple[int, int], list[int]] = {}
    keys = [(math.floor(cell.x / reach_x), math.floor(cell.y / reach_y)) for cell in cells]
    for place, key in enumerate(keys):
        bins.setdefault(key, []).append(place)
    near = []
    for place, (column, row) in enumerate(keys):
        cell = cells[place]
        near.append(
            [
                other
                for right in (-1, 0, 1)
                for down in (-1, 0, 1)
                for other in bins.get((column + right, row + down), ())
                if other != place
                and abs(cells[other].x - cell.x) <= reach_x
                and abs(cells[other].y - cell.y) <= reach_y
            ]
        )
    return near


def _joined(cells: Sequence[_Cell], gap: int) -> Iterable[list[_Cell]]:
    """The cells of each defect."""
    if not cells:
        return ()
    return ([cells[place] for place in sorted(part)] for part in _parts(_neighbours(cells, gap)))


def _parts(near: Sequence[Sequence[int]]) -> list[list[int]]:
    """The connected parts of a graph, as places."""
    left = set(range(len(near)))
    parts = []
    while left:
        start = left.pop()
        part, edge = [start], [start]
        while edge:
            for other in near[edge.pop()]:
                if other in left:
                    left.remove(other)
                    part.append(other)
                    edge.append(other)
        parts.append(part)
    return parts


def _measured(defect: str, cells: Sequence[_Cell], gap: int) -> SlabDefect:
    weight = sum(cell.value for cell in cells)
    left = min(cell.x - cell.width / 2 for cell in cells)
    top = min(cell.y - cell.height / 2 for cell in cells)
    right = max(cell.x + cell.width / 2 for cell in cells)
    bottom = max(cell.y + cell.height / 2 for cell in cells)
    return SlabDefect(
        defect=defect,
        probability=max(cell.value for cell in cells),
        x=sum(cell.x * cell.value for cell in cells) / weight,
        y=sum(cell.y * cell.value for cell in cells) / weight,
        left=left,
        top=top,
        width=right - left,
        height=bottom - top,
        length=_length(cells, gap, math.hypot(right - left, bottom - top)),
        area=_area(cells),
        cell=max(max(cell.width, cell.height) for cell in cells),
        tiles=tuple(sorted({cell.tile for cell in cells})),
        outline=_outline(cells, gap),
    )


def _outline(cells: Sequence[_Cell], gap: int) -> tuple[tuple[float, float], ...]:
    """Around all cells, in slab coordinates; those of further tiles are brought to the first one's grid."""
    width, height = max(cell.width for cell in cells), max(cell.height for cell in cells)
    left, top = cells[0].x - cells[0].width / 2, cells[0].y - cells[0].height / 2
    places = {(math.floor((cell.x - left) / width), math.floor((cell.y - top) / height)) for cell in cells}
    # Neighbours of two tiles may come to lie a place further apart.
    group = max(connected(places, gap + 2), key=len)
    return tuple(
        (round(left + x * width, _DECIMALS), round(top + y * height, _DECIMALS))
        for x, y in outline_of_cells(group)
    )


def _area(cells: Sequence[_Cell]) -> float:
    """Of all cells; what two tiles both show counts once."""
    width, height = cells[0].width, cells[0].height
    places = {(round(cell.x / width - 0.5), round(cell.y / height - 0.5)) for cell in cells}
    return len(places) * width * height


def _length(cells: Sequence[_Cell], gap: int, diagonal: float) -> float:
    """The longest way through the cells from end to end, at least a cell: the farthest cell, searched twice.

    Exact where the cells form a tree (Handler and Zang 1979), as those of a crack nearly do. What is no line
    but an area is measured by the diagonal of its box.
    """
    least = max(cells[0].width, cells[0].height)
    if len(cells) > _LONGEST_SEARCH:
        return diagonal
    near = _neighbours(cells, 0)
    if gap:
        # Only what nothing else connects is connected over a gap: a bend is no short cut.
        part_of = {place: number for number, part in enumerate(_parts(near)) for place in part}
        for place, others in enumerate(_neighbours(cells, gap)):
            near[place] += [other for other in others if part_of[other] != part_of[place]]
    end, _ = _farthest(cells, near, 0)
    _, distance = _farthest(cells, near, end)
    return max(least, distance)


def _farthest(cells: Sequence[_Cell], near: Sequence[Sequence[int]], start: int) -> tuple[int, float]:
    """The cell with the longest shortest way from ``start`` (Dijkstra 1959), and that way's length."""
    reached: dict[int, float] = {}
    queue = [(0.0, start)]
    last = (start, 0.0)
    while queue:
        distance, place = heapq.heappop(queue)
        if place in reached:
            continue
        reached[place] = distance
        last = (place, distance)
        here = cells[place]
        for other in near[place]:
            if other not in reached:
                there = cells[other]
                heapq.heappush(queue, (distance + math.hypot(there.x - here.x, there.y - here.y), other))
    return last
