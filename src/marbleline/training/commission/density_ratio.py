"""Where a small share of one side's scores would fall, estimated from the scores of both sides.

Few faulty slabs say little of how low the lowest of them score, but good slabs are many, and the two
distributions are related: their density ratio is taken to be log-linear in the score,

    log(f1(s) / f0(s)) = a + b s,

which is what logistic regression of the label on the score assumes. Its estimate of the distribution of
one side puts the mass p(s) / n1 on each score s of either side, p(s) being the fitted probability of that
side and n1 its number of scores (Qin and Zhang 1997, "A goodness-of-fit test for logistic regression models
based on case-control data"; Qin 1998, "Inferences for case-control and semiparametric two-sample density
ratio models").
"""

from typing import Final

import numpy as np

from marbleline.training.commission.regression import Flags, Values

LEAST: Final = 3
"""Scores of each side; the slope of fewer is chance."""

_STEPS: Final = 100
_LONGEST_STEP: Final = 5.0
_TOLERANCE: Final = 1e-6
_MOST_LOGIT: Final = 30.0


def density_ratio_limit(scores: Values, others: Values, target: float) -> float:
    """Below it lies ``target`` of the side of ``scores`` [n], by the density ratio to ``others`` [m].

    Scores of this side lie higher than those of the other one. It lies in the middle between two scores.
    Raises ValueError with fewer than three scores of either side.
    """
    both, mass = side_distribution(scores, others)
    reached = int(np.searchsorted(np.cumsum(mass), target, side="right"))
    return middle_below(both, float(both[min(reached, len(both) - 1)]))


def side_distribution(scores: Values, others: Values) -> tuple[Values, Values]:
    """All scores, rising, and the mass of the side of ``scores`` on each: both [n + m], the masses sum to 1.

    Raises ValueError with fewer than three scores of either side.
    """
    if min(len(scores), len(others)) < LEAST:
        raise ValueError(f"{len(scores)} and {len(others)} scores: need {LEAST} of each side")
    both = np.append(scores, others)
    order = np.argsort(both, kind="stable")
    probability = _probability(both, np.arange(len(both)) < len(scores))[order]
    return both[order], probability / probability.sum()


def middle_below(scores: Values, limit: float) -> float:
    """The middle between ``limit`` and the next of the scores below it; below all of them, one less."""
    below = scores[scores < limit]
    return (float(below.max()) + limit) / 2 if len(below) else limit - 1.0


def _probability(scores: Values, side: Flags) -> Values:
    """Fitted probability [n] that each score is of the side, by logistic regression with Jeffreys' prior.

    The prior (Firth 1993, "Bias reduction of maximum likelihood estimates"; Heinze and Schemper 2002, "A
    solution to the problem of separation in logistic regression") keeps the slope finite where the sides
    part cleanly, needs no number to be chosen, and does not depend on the unit of the scores.
    """
    inputs = np.stack(
        [(scores - np.median(scores)) / max(float(scores.std()), 1e-9), np.ones(len(scores))], 1
    )
    weights = np.zeros(2)
    for _ in range(_STEPS):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(inputs @ weights, -_MOST_LOGIT, _MOST_LOGIT)))
        curvature = np.maximum(fitted * (1.0 - fitted), 1e-10)
        covariance = np.linalg.inv((inputs * curvature[:, None]).T @ inputs)
        leverage = curvature * ((inputs @ covariance) * inputs).sum(axis=1)
        step = covariance @ (inputs.T @ (side - fitted + leverage * (0.5 - fitted)))
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-9))
        weights += step
        if np.abs(step).max() < _TOLERANCE:
            break
    probability: Values = 1.0 / (1.0 + np.exp(-np.clip(inputs @ weights, -_MOST_LOGIT, _MOST_LOGIT)))
    return probability
