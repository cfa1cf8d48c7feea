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

from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.training.arrays import Flags, Values

LEAST: Final = 3
"""Scores of each side; the slope of fewer is chance."""

_STEPS: Final = 100
_LONGEST_STEP: Final = 5.0
_TOLERANCE: Final = 1e-6
_MOST_LOGIT: Final = 30.0


@dataclass(frozen=True, slots=True)
class ScoreSample:
    """``scores`` [n] of both sides, those of one marked by ``side`` [n].

    ``counts`` [n]: how many slabs each stands for, in any unit. The slope is learnt from all alike.
    """

    scores: Values
    side: Flags
    counts: Values

    @property
    def fewest(self) -> int:
        """Scores of the side that has fewer."""
        return min(int(self.side.sum()), int((~self.side).sum()))

    def turned(self) -> "ScoreSample":
        """The same for the other side: with the sign of the scores turned."""
        return ScoreSample(-self.scores, ~self.side, self.counts)

    def distribution(self) -> tuple[Values, Values]:
        """All scores, rising, and the mass of the marked side on each: both [n], the masses sum to 1.

        Raises ValueError with fewer than three scores of either side.
        """
        if self.fewest < LEAST:
            marked = int(self.side.sum())
            raise ValueError(f"{marked} and {len(self.side) - marked} scores: need {LEAST} of each side")
        order = np.argsort(self.scores, kind="stable")
        mass = (_probability(self.scores, self.side) * self.counts)[order]
        return self.scores[order], mass / mass.sum()

    def limit(self, target: float) -> float:
        """Below it lies ``target`` of the marked side, whose scores lie higher than those of the other one.

        It lies in the middle between two scores. Raises ValueError as ``distribution``.
        """
        scores, mass = self.distribution()
        reached = int(np.searchsorted(np.cumsum(mass), target, side="right"))
        return middle_below(scores, float(scores[min(reached, len(scores) - 1)]))


def fair_sample(scores: Values, others: Values) -> ScoreSample:
    """Of the ``scores`` [n] of one side and the ``others`` [m], each of which stands for as many slabs."""
    both = np.append(scores, others)
    return ScoreSample(both, np.arange(len(both)) < len(scores), np.ones(len(both)))


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
