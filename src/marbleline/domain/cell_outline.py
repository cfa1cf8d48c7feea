"""Cells of a grid that belong together, and the polygon around them.

A cell is a (column, row). A corner of an outline is counted in cells from the grid's top left corner, so the
cell (2, 1) has the corners (2, 1), (3, 1), (3, 2) and (2, 2).
"""

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

from marbleline.domain.region import Point

Cell = tuple[int, int]

MOST_CORNERS: Final = 40
"""Of an outline: a message is bounded. More are left out where they matter least."""

# Of a corner that is reached on a way: the cells ahead on the left and on the right.
_AHEAD: Final = {
    (1, 0): ((0, -1), (0, 0)),
    (0, 1): ((0, 0), (-1, 0)),
    (-1, 0): ((-1, 0), (-1, -1)),
    (0, -1): ((-1, -1), (0, -1)),
}

_LOOSER: Final = 1.5
# Of a cell, and more than the corners of a slanting row of cells stand out from it.
_FIRST_TOLERANCE: Final = 0.75


def connected(cells: Iterable[Cell], reach: int = 1) -> list[set[Cell]]:
    """The cells in groups: those that touch, also by a corner alone, or are at most ``reach`` cells apart.

    The cells between what is not in touch are added to its group, so that each group is in one piece.
    """
    groups = _touching(set(cells))
    if reach <= 1 or len(groups) == 1:
        return groups
    group_of = {cell: number for number, group in enumerate(groups) for cell in group}
    joined = set(group_of)
    around = range(-reach, reach + 1)
    for (column, row), number in group_of.items():
        for right in around:
            for down in around:
                other = group_of.get((column + right, row + down))
                if other is not None and other > number:
                    joined.update(_between((column, row), right, down))
    return _touching(joined)


def outline_of_cells(cells: Collection[Cell], most: int = MOST_CORNERS) -> list[Point]:
    """The polygon around cells that touch, clockwise from the leftmost corner of the topmost.

    Holes are not cut out. With more than ``most`` corners it is simplified (Douglas and Peucker 1973) until
    it has no more; else it is exact.
    """
    corners = _trace(cells)
    tolerance = _FIRST_TOLERANCE
    found = corners
    while len(found) > most:
        found, tolerance = _simplified(corners, tolerance), tolerance * _LOOSER
    return found


def _touching(cells: set[Cell]) -> list[set[Cell]]:
    left, groups = set(cells), []
    while left:
        start = left.pop()
        group, edge = {start}, [start]
        while edge:
            column, row = edge.pop()
            near = {(column + right, row + down) for right in (-1, 0, 1) for down in (-1, 0, 1)} & left
            left -= near
            group |= near
            edge += near
        groups.append(group)
    return groups


def _between(cell: Cell, right: int, down: int) -> Iterable[Cell]:
    """The cells on the straight way from one to another, without both."""
    steps = max(abs(right), abs(down))
    return (
        (cell[0] + round(right * step / steps), cell[1] + round(down * step / steps))
        for step in range(1, steps)
    )


def _trace(cells: Collection[Cell]) -> list[Point]:
    """Along the border with the cells on the right hand; what touches by a corner alone is one piece."""
    y, x = min((row, column) for column, row in cells)
    corners: list[Point] = [(x, y)]
    way = (1, 0)
    while True:
        x, y = x + way[0], y + way[1]
        left, right = (((x + aside, y + below) in cells) for aside, below in _AHEAD[way])
        if right and not left:
            continue
        way = (way[1], -way[0]) if left else (-way[1], way[0])
        if (x, y) == corners[0]:
            return corners
        corners.append((x, y))


def _simplified(corners: Sequence[Point], tolerance: float) -> list[Point]:
    """A ring without the corners that lie within ``tolerance`` of it; three are left at least."""
    far = max(range(len(corners)), key=lambda place: math.dist(corners[0], corners[place]))
    ring = [*corners, corners[0]]
    kept = {0, far, _farthest(ring, 0, far)[0], _farthest(ring, far, len(corners))[0]}
    waiting = list(pairwise([*sorted(kept), len(corners)]))
    while waiting:
        first, last = waiting.pop()
        place, distance = _farthest(ring, first, last)
        if distance > tolerance:
            kept.add(place)
            waiting += [(first, place), (place, last)]
    return [corners[place] for place in sorted(kept) if place < len(corners)]


def _farthest(ring: Sequence[Point], first: int, last: int) -> tuple[int, float]:
    """The corner between two others that lies farthest from the line between them, and how far."""
    (x, y), (to_x, to_y) = ring[first], ring[last]
    length = math.hypot(to_x - x, to_y - y)

    def distance(place: int) -> float:
        px, py = ring[place]
        if not length:
            return math.hypot(px - x, py - y)
        return abs((to_x - x) * (py - y) - (to_y - y) * (px - x)) / length

    place = max(range(first + 1, last), key=distance, default=first)
    return place, distance(place)
