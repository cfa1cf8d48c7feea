"""Figures of merit with confidence intervals, on plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marbleline.training.arrays import Flags, Values

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval (NaN where there was nothing to measure it on) and how many pictures."""

    value: float
    low: float
    high: float
    count: int


def auroc(probability: Values, faulty: Flags) -> float:
    """Area under the ROC curve: how often a faulty one scores above a good one, ties counting half.

    NaN if either kind is missing.
    """
    if faulty.all() or not faulty.any():
        return float("nan")
    order = np.argsort(probability, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    for value in np.unique(probability):
        same = probability == value
        ranks[same] = ranks[same].mean()
    positives = int(faulty.sum())
    negatives = len(faulty) - positives
    return float((ranks[faulty].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def recall_at(probability: Values, faulty: Flags, false_alarms: float) -> float:
    """Share of the faulty found where at most ``false_alarms`` of the good are taken for faulty."""
    if faulty.all() or not faulty.any():
        return float("nan")
    limit = np.quantile(probability[~faulty], 1.0 - false_alarms, method="higher")
    return float((probability[faulty] > limit).mean())


def macro_recall(predicted: Indices, true: Indices) -> float:
    """Mean over the classes of the share of each that was recognised."""
    return float(np.mean([(predicted[true == one] == one).mean() for one in np.unique(true)]))


def by_group(
    measure: Callable[[Indices], float], groups: NDArray[np.str_], seed: int = 0, rounds: int = 500
) -> Estimate:
    """``measure`` on all pictures (indices), and its interval by resampling whole groups.

    Pictures of one slab are near-duplicates: resampling them one by one would make the interval look
    narrower than it is (Efron and Tibshirani 1993, section 8.5; a cluster bootstrap, percentile method).
    """
    everything = np.arange(len(groups))
    members = [np.flatnonzero(groups == one) for one in np.unique(groups)]
    rng = np.random.default_rng(seed)
    values = [
        measure(np.concatenate([members[pick] for pick in rng.integers(len(members), size=len(members))]))
        for _ in range(rounds)
    ]
    finite = [value for value in values if np.isfinite(value)]
    low, high = np.percentile(finite, [2.5, 97.5]) if finite else (float("nan"), float("nan"))
    return Estimate(measure(everything), float(low), float(high), len(groups))
