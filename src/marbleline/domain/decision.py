"""From what the model says to what the line does: good, faulty or review."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marbleline.domain.model import CLASSES, DEFECTS, Prediction, Thresholds

DRIFTED: Final = "drifted"
"""The reason for review while drift is raised: the model may no longer know what it looks at."""

REVIEW_REASONS: Final = ("unsure", "anomalous", "dark", "bright", "flat", "blurred", DRIFTED)
"""Why a person is asked: by the scores, by the picture's quality, by drift."""


class Decision(StrEnum):
    """What happens to the slab: it passes, it is rejected, or a person looks at it."""

    GOOD = "good"
    FAULTY = "faulty"
    REVIEW = "review"


SEVERITY: Final = {Decision.GOOD: 0, Decision.REVIEW: 1, Decision.FAULTY: 2}
"""By which of several parts the whole is decided: the one with the highest."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision and what it rests on.

    ``defect``              the likeliest defect class, None for a good slab
    ``faulty_probability``  1 - p(good)
    ``reasons``             why a person is asked: some of ``REVIEW_REASONS``
    """

    decision: Decision
    defect: str | None
    faulty_probability: float
    reasons: tuple[str, ...]


def decide(prediction: Prediction, thresholds: Thresholds, doubts: tuple[str, ...] = ()) -> Judgement:
    """Apply the thresholds to one prediction.

    Faulty from ``faulty_from`` on; good up to ``good_upto`` if the slab looks like the good ones
    (anomaly up to ``anomaly_upto``); review in between.

    ``doubts``  reasons to ask a person whatever the model says: quality issues of the picture, drift
    """
    probability = float(1.0 - prediction.scores[0])
    worst = max(DEFECTS, key=lambda name: prediction.scores[CLASSES.index(name)])
    if doubts:
        return Judgement(Decision.REVIEW, worst, probability, doubts)
    decision, reasons = by_thresholds(probability, prediction.anomaly, thresholds)
    return Judgement(decision, None if decision is Decision.GOOD else worst, probability, reasons)


def by_thresholds(
    probability: float, anomaly: float, thresholds: Thresholds
) -> tuple[Decision, tuple[str, ...]]:
    """What the thresholds make of a probability of faulty and an anomaly; and why, if a person is asked."""
    if probability >= thresholds.faulty_from:
        return Decision.FAULTY, ()
    if probability > thresholds.good_upto:
        return Decision.REVIEW, ("unsure",)
    if anomaly > thresholds.anomaly_upto:
        return Decision.REVIEW, ("anomalous",)
    return Decision.GOOD, ()
