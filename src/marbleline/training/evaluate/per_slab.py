"""The same answers slab by slab: an average over slabs hides the one that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marbleline.domain.model import Thresholds
from marbleline.training.evaluate.scoring import Scores
from marbleline.training.evaluate.thresholds import shares


@dataclass(frozen=True)
class SlabRow:
    """Pictures of one group. ``review`` is the share sent to review, ``right`` the share right of the rest.

    ``right`` is None if all of them go to review. Pictures of unsure label are not counted.
    """

    data: str
    group: str
    good: int
    faulty: int
    review: float
    right: float | None


def slab_rows(data: str, scores: Scores, thresholds: Thresholds) -> Iterator[SlabRow]:
    """One row for each group of ``scores``, in the order of their names."""
    known = scores.where(scores.meanings != "unsure")
    for group in np.unique(known.groups):
        one = known.where(known.groups == group)
        faulty = one.meanings != "good"
        review, right = shares(one.probability, faulty, one.anomaly, thresholds)
        count = int(faulty.sum())
        shown = None if np.isnan(right) else right
        yield SlabRow(data, str(group), len(one) - count, count, review, shown)
