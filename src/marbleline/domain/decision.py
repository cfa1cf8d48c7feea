"""From what the model says to what the line does: good, faulty or review."""

from dataclasses import dataclass
from enum import StrEnum

from marbleline.domain.model import CLASSES, DEFECTS, Prediction, Thresholds


class Decision(StrEnum):
    """What happens to the slab: it passes, it is rejected, or a person looks at it."""

    GOOD = "good"
    FAULTY = "faulty"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision and what it rests on.

    ``defect``              the likeliest defect class, None for a good slab
    ``faulty_probability``  1 - p(good)
    ``reasons``             why a person is asked: unsure, anomalous, dark, bright, flat, blurred
    """

    decision: Decision
    defect: str | None
    faulty_probability: float
    reasons: tuple[str, ...]


def decide(prediction: Prediction, thresholds: Thresholds, complaints: tuple[str, ...] = ()) -> Ruling:
    """Apply the thresholds to one prediction.

    Faulty from ``faulty_from`` on; good up to ``good_upto`` if the slab looks like the good ones
    (anomaly up to ``anomaly_upto``); review in between. A picture with complaints about its quality
    is always reviewed.
    """
    probability = float(1.0 - prediction.scores[0])
    worst = max(DEFECTS, key=lambda name: prediction.scores[CLASSES.index(name)])
    if complaints:
        return Ruling(Decision.REVIEW, worst, probability, complaints)
    if probability >= thresholds.faulty_from:
        return Ruling(Decision.FAULTY, worst, probability, ())
    if probability > thresholds.good_upto:
        return Ruling(Decision.REVIEW, worst, probability, ("unsure",))
    if prediction.anomaly > thresholds.anomaly_upto:
        return Ruling(Decision.REVIEW, worst, probability, ("anomalous",))
    return Ruling(Decision.GOOD, None, probability, ())
