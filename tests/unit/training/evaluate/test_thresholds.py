"""The review band."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from marbleline.training.evaluate.thresholds import RIGHT, calibrate, shares

CALM = np.zeros(200)


def test_what_is_not_reviewed_is_right_and_the_band_is_narrow() -> None:
    probability = np.linspace(0, 1, 200)
    faulty = probability > 0.5
    faulty[90:110:2] = True
    faulty[91:110:2] = False
    thresholds = calibrate(probability, faulty, CALM)
    review, right = shares(probability, faulty, CALM, thresholds)
    assert right >= RIGHT
    assert review < 0.15
    assert thresholds.good_upto < 0.5 < thresholds.faulty_from


def test_classes_that_part_cleanly_need_no_review() -> None:
    probability = np.array([0.1] * 100 + [0.9] * 100)
    faulty = probability > 0.5
    thresholds = calibrate(probability, faulty, CALM)
    assert shares(probability, faulty, CALM, thresholds) == (0.0, 1.0)


def test_what_looks_like_no_good_slab_is_reviewed() -> None:
    probability, faulty = np.full(200, 0.1), np.zeros(200, bool)
    faulty[0], probability[0] = True, 0.9
    anomaly = np.linspace(0, 1, 200)
    thresholds = calibrate(probability, faulty, anomaly)
    assert 0.98 < thresholds.anomaly_upto <= 1.0


@given(arrays(float, 60, elements=st.floats(0, 1)), arrays(bool, 60))
def test_any_scores_give_thresholds_that_make_sense(probability: np.ndarray, faulty: np.ndarray) -> None:
    if faulty.all():
        faulty[0] = False
    thresholds = calibrate(probability, faulty, np.zeros(60))
    assert 0 <= thresholds.good_upto <= thresholds.faulty_from <= 1
