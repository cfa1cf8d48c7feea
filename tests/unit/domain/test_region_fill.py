"""What is not judged is filled without an edge, and what is judged stays as it is."""

import numpy as np

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
