"""Where good, review and faulty part: calibrated on validation pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Thresholds

RIGHT = 0.99
"""Of what is not sent to review, at least this share has to be right."""


def calibrate(
    probability: NDArray[np.float64],
    faulty: NDArray[np.bool_],
    anomaly: NDArray[np.float64],
    good_anomaly_share: float = 0.995,
) -> Thresholds:
    """The narrowest review band with at most 1 % wrong on either side of it.

    Each side is held to ``RIGHT`` by itself: of what passes as good, and of what is rejected as faulty.
    A slab also goes to review if it looks less like a good one than all but a few good ones.
    """
    order = np.sort(np.unique(probability))
    good_upto = max(
        (value for value in order if _wrong(faulty[probability <= value]) <= 1 - RIGHT), default=0.0
    )
    faulty_from = min(
        (value for value in order if _wrong(~faulty[probability >= value]) <= 1 - RIGHT), default=1.0
    )
    if good_upto >= faulty_from:  # they part cleanly: put both at the middle of the gap
        good_upto = faulty_from = float(good_upto + faulty_from) / 2
    limit = np.quantile(anomaly[~faulty], good_anomaly_share, method="higher")
    return Thresholds(
        good_upto=round(float(good_upto), 4),
        faulty_from=round(max(float(faulty_from), float(good_upto)), 4),
        anomaly_upto=round(float(limit), 4),
    )


def shares(
    probability: NDArray[np.float64],
    faulty: NDArray[np.bool_],
    anomaly: NDArray[np.float64],
    thresholds: Thresholds,
) -> tuple[float, float]:
    """(share sent to review, share right of the rest); the second is NaN if all go to review."""
    rejected = probability >= thresholds.faulty_from
    passed = (probability <= thresholds.good_upto) & (anomaly <= thresholds.anomaly_upto) & ~rejected
    decided = rejected | passed
    right = (rejected & faulty) | (passed & ~faulty)
    review = 1.0 - float(decided.mean())
    return review, float(right[decided].mean()) if decided.any() else float("nan")


def _wrong(wrong: NDArray[np.bool_]) -> float:
    return float(wrong.mean()) if len(wrong) else 1.0
