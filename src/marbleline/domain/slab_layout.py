"""Where each tile lies on its slab."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marbleline.domain.calibration import Calibration
from marbleline.domain.frame import Frame
from marbleline.domain.slab import Unit
from marbleline.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the slab; see ``domain.slab`` for axes and units."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """How a line's tiles cover a slab, and what its cameras' pixels measure.

    A slab is a sequence of strips across the belt; each strip is ``rows`` tiles, one a camera. Tiles are
    counted strip by strip: with two rows, tiles 1 and 2 are the first strip.

    ``mm_per_count``  belt travel per count of the encoder; 0: strips lie edge to edge
    ``calibrations``  by camera
    """

    rows: int = 1
    mm_per_count: float = 0.0
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacedSlab:
    """The slab's size and its tiles' boxes by number, the missing ones included."""

    unit: Unit
    width: float
    height: float
    boxes: Mapping[int, Box]


def place_tiles(
    seen: Mapping[int, Verdict], tiles: int, layout: Layout, now: int, encoder: int | None = None
) -> PlacedSlab:
    """Place tiles 1 to ``tiles``, of which those in ``seen`` have a verdict.

    In millimetres if every camera that saw a tile has a calibration that holds at ``now``, else in shares.
    ``encoder``: where the slab begins, if the trigger says so.
    """
    columns = -(-tiles // layout.rows)
    sizes = _sizes(seen, layout, now)
    if not sizes:
        boxes = {
            tile: Box(column / columns, row / layout.rows, 1 / columns, 1 / layout.rows)
            for tile, column, row in _grid(tiles, layout.rows)
        }
        return PlacedSlab(Unit.SHARE, 1.0, 1.0, boxes)
    usual = (
        max(width for width, _ in sizes.values()),
        max(height for _, height in sizes.values()),
    )
    origin = encoder if encoder is not None else _origin(seen, layout, usual[0])
    boxes = {}
    for tile, column, row in _grid(tiles, layout.rows):
        width, height = sizes.get(tile, usual)
        left = column * usual[0]
        start = seen[tile].frame.encoder_start if tile in seen else None
        if layout.mm_per_count and start is not None and origin is not None:
            left = (start - origin) * layout.mm_per_count
        boxes[tile] = Box(left, row * usual[1], width, height)
    return PlacedSlab(
        Unit.MM,
        max(box.left + box.width for box in boxes.values()),
        max(box.top + box.height for box in boxes.values()),
        boxes,
    )


def encoder_cover(frames: list[Frame], rows: int) -> float:
    """Share of the way from the first to the last encoder position that the frames saw, 0 to 1.

    1 where the frames have no encoder positions. With several rows, the row that saw least counts.
    """
    spans = [
        ((frame.tile or 1) % rows, frame.encoder_start, frame.encoder_end)
        for frame in frames
        if frame.encoder_start is not None and frame.encoder_end is not None
    ]
    if len(spans) < len(frames) or not spans:
        return 1.0
    first, last = min(start for _, start, _ in spans), max(end for *_, end in spans)
    if last == first:
        return 1.0
    covers = []
    for row in {row for row, *_ in spans}:
        covered, reached = 0, first
        for start, end in sorted((start, end) for one, start, end in spans if one == row):
            covered += max(0, end - max(start, reached))
            reached = max(reached, end)
        covers.append(covered / (last - first))
    return min(covers)


def _grid(tiles: int, rows: int) -> list[tuple[int, int, int]]:
    """Tile, column, row of each."""
    return [(tile, (tile - 1) // rows, (tile - 1) % rows) for tile in range(1, tiles + 1)]


def _sizes(seen: Mapping[int, Verdict], layout: Layout, now: int) -> dict[int, tuple[float, float]]:
    """Tile -> width and height in mm; empty unless all of them are known."""
    sizes = {}
    for tile, verdict in seen.items():
        calibration = layout.calibrations.get(verdict.frame.camera)
        scale = calibration.scale_for(verdict.width, now) if calibration else None
        if scale is None:
            return {}
        sizes[tile] = (verdict.width * scale, verdict.height * scale)
    return sizes


def _origin(seen: Mapping[int, Verdict], layout: Layout, width: float) -> float | None:
    """The encoder at the slab's beginning, by the first tile that was seen."""
    first = min(seen)
    start = seen[first].frame.encoder_start
    if start is None or not layout.mm_per_count:
        return None
    return start - (first - 1) // layout.rows * width / layout.mm_per_count
