"""What a model sees in place of pixels that are not judged: the colours around, blended without an edge.

A flat colour would have an edge, and an edge looks like a joint or a crack. The colours come from an image
pyramid, by pulling averages of the judged pixels up and pushing them down into the gaps (Gortler et al. 1996,
"The Lumigraph", section 3.4.2). All that depends on the mask alone is computed once per mask.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from marbleline.domain.region_cells import Kept

_Colours = npt.NDArray[np.float32]
_Sums = npt.NDArray[np.uint32]
_Places = npt.NDArray[np.intp]
_Shares = npt.NDArray[np.float64]

# A line's cameras have few regions; each takes up to 50 bytes a pixel of its gaps.
_MASKS: Final = 8


def fill_gaps(rgb: npt.NDArray[np.uint8], kept: Kept) -> npt.NDArray[np.uint8]:
    """uint8 [height, width, 3] with all pixels outside ``kept`` (bool [height, width]) replaced.

    With nothing kept the picture stays as it is.
    """
    if kept.all() or not kept.any():
        return rgb
    rows, columns = kept.shape
    levels = _levels(np.packbits(kept).tobytes(), rows, columns)
    sums: list[_Sums] = [(rgb * kept[:, :, None]).astype(np.uint32)]
    for _ in levels[1:]:
        sums.append(_halved(sums[-1]))
    colours = _coarsest(sums[-1], levels[-1])
    for summed, level in zip(reversed(sums[1:-1]), reversed(levels[1:-1]), strict=True):
        finer = summed.reshape(-1, 3) / level.divisor
        colours = _pushed_down(colours, level, finer.astype(np.float32))
    filled = rgb.copy()
    gaps = levels[0].gaps
    smooth = _enlarged(colours, levels[0]) if len(levels) > 1 else colours[gaps]
    filled.reshape(-1, 3)[gaps] = np.clip(np.rint(smooth), 0, 255).astype(np.uint8)
    return filled


@dataclass(frozen=True, slots=True)
class _Axis:
    """Bilinear enlargement along one side: each fine pixel's two coarse ones and their shares."""

    first: _Places
    second: _Places
    first_share: _Shares
    second_share: _Shares


@dataclass(frozen=True, slots=True)
class _Level:
    """``divisor`` [pixels, 1]: judged pixels under each, at least 1. ``gaps``: those without any, flat.

    ``corners``: of each gap the four pixels of the next level around it, flat: above left, above right,
    below left, below right. ``across``, ``down`` [gaps, 2]: the shares of left and right, above and below.
    """

    judged: int
    divisor: npt.NDArray[np.float32]
    gaps: _Places
    corners: tuple[_Places, _Places, _Places, _Places]
    across: _Shares
    down: _Shares


@lru_cache(maxsize=_MASKS)
def _levels(mask: bytes, rows: int, columns: int) -> tuple[_Level, ...]:
    """From the finest to the first that has no gaps or is one pixel wide or high."""
    bits = np.unpackbits(np.frombuffer(mask, np.uint8), count=rows * columns)
    weight: _Sums = bits.reshape(rows, columns, 1).astype(np.uint32)
    levels: list[_Level] = []
    while True:
        levels.append(_level(weight[:, :, 0]))
        if weight.all() or min(weight.shape[:2]) == 1:
            return tuple(levels)
        weight = _halved(weight)


def _level(weight: _Sums) -> _Level:
    rows, columns = weight.shape
    row, column = np.nonzero(weight == 0)
    down, across = _axis(rows), _axis(columns)
    coarse = (columns + 1) // 2
    above, below = down.first[row] * coarse, down.second[row] * coarse
    left, right = across.first[column], across.second[column]
    return _Level(
        judged=int(weight.sum()),
        divisor=np.maximum(weight, 1).astype(np.float32).reshape(-1, 1),
        gaps=row * columns + column,
        corners=(above + left, above + right, below + left, below + right),
        across=np.stack([across.first_share[column], across.second_share[column]], axis=1),
        down=np.stack([down.first_share[row], down.second_share[row]], axis=1),
    )


def _axis(size: int) -> _Axis:
    """From half as many pixels, rounded up, to ``size``; centres over centres, as Pillow enlarges."""
    coarse = (size + 1) // 2
    centre = (np.arange(size) + 0.5) * (coarse / size)
    first = np.floor(centre - 0.5).astype(np.intp)
    shares = []
    for place in (first, first + 1):
        share = np.maximum(0.0, 1.0 - np.abs(place - centre + 0.5))
        shares.append(np.where((place >= 0) & (place < coarse), share, 0.0))
    whole = shares[0] + shares[1]
    ends = (0, coarse - 1)
    return _Axis(
        np.clip(first, *ends), np.clip(first + 1, *ends), shares[0] * (1 / whole), shares[1] * (1 / whole)
    )


def _halved(sums: _Sums) -> _Sums:
    """[rows, columns, channels] summed over two by two pixels; an odd last one stands alone."""
    rows, columns, channels = sums.shape
    halved = np.zeros(((rows + 1) // 2, columns, channels), np.uint32)
    halved += sums[0::2]
    halved[: rows // 2] += sums[1::2]
    halved_twice = halved[:, 0::2].copy()
    halved_twice[:, : columns // 2] += halved[:, 1::2]
    return halved_twice


def _coarsest(summed: _Sums, level: _Level) -> _Colours:
    """Colours [pixels, 3] of the last level; what has none there takes the mean of all judged pixels."""
    flat = summed.reshape(-1, 3)
    colours = (flat / level.divisor).astype(np.float32)
    colours[level.gaps] = (flat.sum(axis=0) / max(level.judged, 1)).astype(np.float32)
    return colours


def _pushed_down(coarse: _Colours, level: _Level, colours: _Colours) -> _Colours:
    """``colours`` [pixels, 3], those of the gaps from the coarser level."""
    colours[level.gaps] = _enlarged(coarse, level)
    return colours


def _enlarged(coarse: _Colours, level: _Level) -> _Colours:
    """[gaps, 3]: bilinear, first across and then down, rounded to float32 after each as Pillow does."""
    left, right = level.across[:, :1], level.across[:, 1:]
    above_left, above_right, below_left, below_right = level.corners
    above = (coarse.take(above_left, axis=0) * left + coarse.take(above_right, axis=0) * right).astype(
        np.float32
    )
    below = (coarse.take(below_left, axis=0) * left + coarse.take(below_right, axis=0) * right).astype(
        np.float32
    )
    return (above * level.down[:, :1] + below * level.down[:, 1:]).astype(np.float32)
