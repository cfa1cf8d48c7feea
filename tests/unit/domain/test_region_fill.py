"""What is not judged is filled without an edge, and what is judged stays as it is."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from marbleline.domain.region_fill import fill_gaps
from tests.builders import make_pixels


def test_judged_pixels_stay_and_the_gap_takes_the_colours_around() -> None:
    rgb = np.full((60, 81, 3), 120, np.uint8)
    rgb[:, 40:] = 140
    kept = np.ones((60, 81), bool)
    kept[20:40, 20:60] = False
    lamp = rgb.copy()
    lamp[20:40, 20:60] = 255
    filled = fill_gaps(lamp, kept)
    assert np.array_equal(filled[kept], rgb[kept])
    assert filled[~kept].min() >= 118
    assert filled[~kept].max() <= 142
    steps = np.abs(np.diff(filled[30].astype(int), axis=0))
    assert steps[15:65].max() <= 6, "an edge is a defect to a model"


def test_nothing_to_fill_or_nothing_kept() -> None:
    rgb = make_pixels(1)
    shape = rgb.shape[:2]
    assert np.array_equal(fill_gaps(rgb, np.ones(shape, bool)), rgb)
    assert np.array_equal(fill_gaps(rgb, np.zeros(shape, bool)), rgb)


def filled_by_pillow(
    summed: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """The pyramid in plain steps on whole arrays, enlarged by Pillow: what the quick way has to give."""
    here = weight > 0
    average = summed / np.maximum(weight, 1e-6)
    if here.all() or min(weight.shape[:2]) == 1:
        return np.where(here, average, summed.sum(axis=(0, 1)) / weight.sum()).astype(np.float32)
    coarse = filled_by_pillow(halved(summed), halved(weight))
    size = (weight.shape[1], weight.shape[0])
    channels = [
        Image.fromarray(np.ascontiguousarray(coarse[:, :, one])).resize(size, Image.Resampling.BILINEAR)
        for one in range(3)
    ]
    enlarged = np.stack([np.asarray(one, dtype=np.float32) for one in channels], axis=2)
    return np.where(here, average, enlarged).astype(np.float32)


def halved(levels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows, columns, channels = levels.shape
    even = np.pad(levels, ((0, rows % 2), (0, columns % 2), (0, 0)))
    pairs: npt.NDArray[np.float32] = even.reshape((rows + 1) // 2, 2, (columns + 1) // 2, 2, channels)
    total: npt.NDArray[np.float32] = pairs.sum(axis=(1, 3))
    return total


@pytest.mark.parametrize("seed", range(60))
def test_the_pixels_are_those_of_the_plain_pyramid(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 90, 2)
    rgb = random.integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    kept = np.ones((rows, columns), bool)
    top, bottom = sorted(random.integers(0, rows + 1, 2))
    left, right = sorted(random.integers(0, columns + 1, 2))
    kept[top:bottom, left:right] = False
    if seed % 3 == 0:
        kept &= random.random((rows, columns)) < random.random()
    kept[random.integers(rows), random.integers(columns)] = True
    weight = kept[:, :, None].astype(np.float32)
    smooth = np.clip(np.rint(filled_by_pillow(rgb * weight, weight)), 0, 255).astype(np.uint8)
    assert np.array_equal(fill_gaps(rgb, kept), np.where(kept[:, :, None], rgb, smooth))
