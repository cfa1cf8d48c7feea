"""Fine-tune a version: fit the domain head to the replay set, old and new; seconds on a core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from marbleline.domain.model import Floats
from marbleline.errors import SettingError
from marbleline.training.arrays import Flags
from marbleline.training.data.folds import folds_of
from marbleline.training.finetune.predictions import advised, faulty_logit
from marbleline.training.finetune.replay_set import ReplaySet
from marbleline.training.model.domain_head import DomainHead
from marbleline.training.progress import OnProgress

_LABELLED, _REPLAYED, _ASIDE = 2100.0, 700.0, 1000.0
"""What the labelled pictures weigh together, each replayed set, and all where stones are distinguished."""

_CERTAINTY, _GATE_CERTAINTY = 1e-3, 1.0
"""Inverse strength of the penalties on weights: a hundred labels must not be learnt by heart, but two stones
are distinguished by a few channels, and sharply."""


@dataclass(frozen=True)
class FitResult:
    """What was learnt. ``held_out`` float32 [n, 4]: the logits of each labelled picture by a domain head that
    saw no picture of its slab; all figures on the labels rest on these."""

    domain_head: DomainHead
    held_out: NDArray[np.float32]


def fine_tune(
    replayed: ReplaySet, labelled: ReplaySet, project: Floats, on_progress: OnProgress = lambda _: None
) -> FitResult:
    """Fit a domain head to the labels, with what was learnt before replayed beside them.

    Nothing is drawn by chance: the same inputs give the same result.
    Raises SettingError if the labels are too few: too few of a kind, or all of one slab.
    """
    check_trainable(labelled)
    folds = folds_of(labelled.groups)
    held_out = np.zeros((len(labelled), 4), dtype=np.float32)
    logits = np.zeros(len(labelled))
    parts = [(number, folds != number) for number in np.unique(folds)]
    fitted = []
    for done, (number, fine_tuned) in enumerate(parts, start=1):
        on_progress(f"holding out slabs, part {done} of {len(parts)}")
        one = _fit(replayed, labelled.where(fine_tuned), project)
        fitted.append((number, one))
        logits[~fine_tuned] = faulty_logit(one, labelled.where(~fine_tuned))
    slope, shift = _calibration(logits, labelled.faulty)
    for number, one in fitted:
        out = folds == number
        held_out[out] = advised(_rescaled(one, slope, shift), labelled.where(out))
    on_progress("all slabs together")
    return FitResult(_rescaled(_fit(replayed, labelled, project), slope, shift), held_out)


def check_trainable(labelled: ReplaySet) -> None:
    """Raise SettingError unless there are 5 of each kind, each of two slabs or more."""
    for kind, chosen in (("good", ~labelled.faulty), ("faulty", labelled.faulty)):
        slabs = len(np.unique(labelled.groups[chosen]))
        if chosen.sum() < 5 or slabs < 2:
            raise SettingError(
                f"{chosen.sum()} {kind} labels of {slabs} slabs: learning needs 5 of 2 slabs or more;"
                " label more of them"
            )


def _fit(replayed: ReplaySet, labelled: ReplaySet, project: Floats) -> DomainHead:
    sides = [labelled, *(replayed.where(replayed.sources == one) for one in np.unique(replayed.sources))]
    weights = [_halves(side.faulty, _REPLAYED) for side in sides]
    weights[0] *= _LABELLED / _REPLAYED
    seen, bias = _regression(
        [side.seen for side in sides], [side.faulty for side in sides], weights, _CERTAINTY
    )
    theirs = [np.full(len(labelled), True), np.full(len(replayed), False)]
    aside = [np.full(len(flags), _ASIDE / 2 / len(flags)) for flags in theirs]
    gate, gate_bias = _regression([labelled.levels, replayed.levels], theirs, aside, _GATE_CERTAINTY)
    return DomainHead(project, seen, bias, gate, gate_bias)


def _regression(
    values: Sequence[NDArray[np.float16]],
    flags: Sequence[Flags],
    weights: Sequence[NDArray[np.float64]],
    certainty: float,
) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression on standardised numbers, folded into the numbers' units."""
    inputs, on_progress, weighed = (
        np.concatenate(values).astype(np.float64),
        np.concatenate(flags),
        np.concatenate(weights),
    )
    scaler = StandardScaler().fit(inputs, sample_weight=weighed)
    model = LogisticRegression(C=certainty, max_iter=2000)
    model.fit(scaler.transform(inputs), on_progress, sample_weight=weighed)
    folded = model.coef_[0] / scaler.scale_
    return folded.astype(np.float32), float(model.intercept_[0] - scaler.mean_ @ folded)


def _halves(faulty: Flags, total: float) -> NDArray[np.float64]:
    """Good and faulty weigh the same together, however many there are of each."""
    weights = np.zeros(len(faulty))
    for side in (True, False):
        chosen = faulty == side
        weights[chosen] = total / 2 / max(1, chosen.sum())
    return weights


def _calibration(logits: NDArray[np.float64], faulty: Flags) -> tuple[float, float]:
    """Slope and shift that make held-out logits probabilities (Platt 1999), never turning them over."""
    model = LogisticRegression(C=1.0, max_iter=1000).fit(logits[:, None], faulty)
    slope = max(float(model.coef_[0, 0]), 1e-2)
    return slope, float(model.intercept_[0])


def _rescaled(one: DomainHead, slope: float, shift: float) -> DomainHead:
    return replace(one, weights=one.weights * np.float32(slope), bias=one.bias * slope + shift)
