"""What a model sees in place of pixels that are not judged: the colours around, blended without an edge.

A flat colour would have an edge, and an edge looks like a joint or a crack. The colours come from an image
pyramid, by pulling averages of the judged pixels up and pushing them down into the gaps (Gortler et al. 1996,
"The Lumigraph", section 3.4.2).
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from marbleline.domain.region_cells import Kept

_Levels = npt.NDArray[np.float32]


def fill_gaps(rgb: npt.NDArray[np.uint8], kept: Kept) -> npt.NDArray[np.uint8]:
    """uint8 [height, width, 3] with all pixels outside ``kept`` (bool [height, width]) replaced.

    With nothing kept the picture stays as it is.
    """
    if kept.all() or not kept.any():
        return rgb
    weight = kept[:, :, None].astype(np.float32)
    smooth = np.clip(np.rint(_filled(rgb * weight, weight)), 0, 255).astype(np.uint8)
    return np.where(kept[:, :, None], rgb, smooth)


def _filled(summed: _Levels, weight: _Levels) -> _Levels:
    """Averages [rows, columns, 3] of ``summed / weight``; where ``weight`` is 0, of what is around."""
    here = weight > 0
    average = summed / np.maximum(weight, 1e-6)
    if here.all() or min(weight.shape[:2]) == 1:
        known = summed.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.where(here, average, known).astype(np.float32)
    coarse = _filled(_halved(summed), _halved(weight))
    return np.where(here, average, _enlarged(coarse, weight.shape[1], weight.shape[0])).astype(np.float32)


def _halved(levels: _Levels) -> _Levels:
    rows, columns, channels = levels.shape
    even = np.pad(levels, ((0, rows % 2), (0, columns % 2), (0, 0)))
    halved: _Levels = even.reshape((rows + 1) // 2, 2, (columns + 1) // 2, 2, channels).sum(axis=(1, 3))
    return halved


def _enlarged(levels: _Levels, width: int, height: int) -> _Levels:
    channels = [
        Image.fromarray(np.ascontiguousarray(levels[:, :, one])).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for one in range(levels.shape[2])
    ]
    return np.stack([np.asarray(one, dtype=np.float32) for one in channels], axis=2)
