"""Where the heat map shows defects, as polygons with their score: what the verdict says, and screens draw."""

import math
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from marbleline.domain.cell_outline import MOST_CORNERS, connected, outline_of_cells
from marbleline.domain.decision import Decision
from marbleline.domain.model import Probability
from marbleline.domain.region import Point
from marbleline.domain.wire import UNSEARCHED, WireStruct

CELL_FROM: Final = 0.5
"""How faulty a cell has to look, 0 to 1, to be a part of a defect."""

MOST_REGIONS: Final = 20
"""The likeliest that a verdict lists: a message is bounded."""

MOST_HOT_CELLS: Final = 300
"""The hottest of a picture that are looked at."""

# Cells between two parts of one defect that may look sound: a fine crack fades, two dots are two dots.
GAPS: Final = {"crack": 1, "joint": 1, "dot": 0}

_DECIMALS: Final = 4
_Share = Annotated[float, Meta(ge=0, le=1)]


class DefectRegion(WireStruct, frozen=True):
    """A part of the picture that looks faulty, known to within one cell of the heat map."""

    probability: Annotated[Probability, UNSEARCHED, Meta(description="Its score: of its most faulty cell")]
    outline: Annotated[
        tuple[tuple[_Share, _Share], ...],
        Meta(
            description="Corners of a polygon, clockwise: x and y in shares of the upright picture",
            extra_json_schema={"minItems": 3, "maxItems": MOST_CORNERS},
        ),
    ]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the outline, in shares."""
        across, down = zip(*self.outline, strict=True)
        return min(across), min(down), max(across) - min(across), max(down) - min(down)


def find_regions(
    cells: npt.NDArray[np.uint8], decision: Decision, defect: str | None, cell_from: float = CELL_FROM
) -> tuple[DefectRegion, ...]:
    """The regions of a picture that is not good, likeliest first, then largest; none of a good one.

    ``cells``: the heat map, [rows, columns]. ``defect``, the likeliest of the picture, says how far apart two
    parts of one may be.
    """
    if defect is None or decision is Decision.GOOD:
        return ()
    rows, columns = cells.shape
    values = {
        (place % columns, place // columns): int(cells.flat[place])
        for place in hot_cells(cells, decision, cell_from).tolist()
    }
    found = []
    for group in connected(values, GAPS.get(defect, 0) + 1):
        worst = max(values.get(cell, 0) for cell in group)
        found.append((-worst, -len(group), sorted(group)))
    return tuple(
        DefectRegion(
            round(-worst / 255, 6),
            tuple(_share(corner, columns, rows) for corner in outline_of_cells(set(group))),
        )
        for worst, _, group in sorted(found)[:MOST_REGIONS]
    )


def hot_cells(
    cells: npt.NDArray[np.uint8], decision: Decision, cell_from: float = CELL_FROM
) -> npt.NDArray[np.intp]:
    """The places, row by row, of the cells that are parts of defects, the hottest ones if there are many."""
    values = cells.ravel()
    if not len(values):
        return np.empty(0, np.intp)
    least = max(1, math.ceil(cell_from * 255))
    if decision is Decision.FAULTY:
        # The picture is faulty, so it is somewhere.
        least = min(least, max(1, int(values.max())))
    hot = np.flatnonzero(values >= least)
    return hot[np.argsort(-values[hot].astype(int), kind="stable")[:MOST_HOT_CELLS]]


def _share(corner: Point, columns: int, rows: int) -> tuple[float, float]:
    return round(corner[0] / columns, _DECIMALS), round(corner[1] / rows, _DECIMALS)
