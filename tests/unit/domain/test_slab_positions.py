"""Merged defects of drawn slabs against their masks, with heat maps that show the share of each cell."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from marbleline.domain.calibration import Calibration
from marbleline.domain.decision import Decision
from marbleline.domain.slab_defects import find_defects
from marbleline.domain.slab_layout import Layout, place_tiles
from marbleline.domain.verdict import Heatmap, Verdict
from marbleline.synthetic import Slab, draw
from tests.builders import START, make_tile

pytestmark = pytest.mark.slow

MM = 0.5
TILES, WIDTH, HEIGHT, CELL = 4, 640, 480, 16
SCALE = Calibration(
    camera="camera-1",
    mm_per_pixel=MM,
    residual_px=0.1,
    corners=24,
    width=WIDTH,
    height=HEIGHT,
    calibrated_at=START,
    expires_at=START + 1,
)


def tiles_of(slab: Slab) -> dict[int, Verdict]:
    seen = {}
    for tile in range(1, TILES + 1):
        mask = slab.mask[:, (tile - 1) * WIDTH : tile * WIDTH]
        shares = mask.reshape(HEIGHT // CELL, CELL, WIDTH // CELL, CELL).mean((1, 3))
        cells = np.ceil(shares * 255).astype(np.uint8)
        faulty = bool(mask.any())
        one = make_tile(
            tile,
            TILES,
            decision=Decision.FAULTY if faulty else Decision.GOOD,
            defect=slab.label if faulty else None,
            heatmap=Heatmap(*shares.shape, cells.tobytes()),
        )
        seen[tile] = replace(one, width=WIDTH, height=HEIGHT)
    return seen


@pytest.mark.parametrize("label", ["crack", "joint"])
def test_a_merged_defect_lies_where_it_was_drawn(label: str) -> None:
    errors, over_edges = [], 0
    for seed in range(12):
        slab = draw(seed, (HEIGHT, WIDTH * TILES), label=label)
        seen = tiles_of(slab)
        placed = place_tiles(seen, TILES, Layout(calibrations={"camera-1": SCALE}), START)
        (found,) = find_defects(seen, placed.boxes, 1 / 255)
        rows, columns = np.nonzero(slab.mask)
        errors.append(math.hypot(found.x - (columns.mean() + 0.5) * MM, found.y - (rows.mean() + 0.5) * MM))
        over_edges += len(found.tiles) > 1
        # The box holds the defect, and no more than a cell around it.
        left, right = columns.min() * MM, (columns.max() + 1) * MM
        assert found.left <= left < found.left + CELL * MM
        assert found.left + found.width - CELL * MM < right <= found.left + found.width
    assert over_edges >= 3, "the slabs show nothing of merging"
    assert float(np.percentile(errors, 95)) <= 2.0
