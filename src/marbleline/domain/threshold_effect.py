"""What other thresholds would have decided of slabs that were judged: from the stored scores alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.domain.decision import Decision, decide
from marbleline.domain.model import CLASSES, Prediction, Thresholds
from marbleline.domain.verdict import Verdict

_OF_SCORES: Final = ("unsure", "anomalous")
_NO_HEATMAP: Final = np.zeros((0, 0, len(CLASSES)), np.float32)


@dataclass(frozen=True, slots=True)
class JudgedScores:
    """What a decision rests on: the scores of a verdict, and its quality issues."""

    frame_id: str
    digest: str
    decision: Decision
    scores: tuple[float, ...]
    anomaly: float
    quality_issues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Decisions before and after a change of thresholds, on the same slabs.

    ``moved``   (before, after) -> how many slabs, for those whose decision changes
    ``escapes``, ``overkill``  among the slabs with a label: judged good though faulty, and the other way
                round, each (before, after); ``labelled`` is how many have one
    """

    total: int
    before: Mapping[Decision, int]
    after: Mapping[Decision, int]
    moved: Mapping[tuple[Decision, Decision], int]
    labelled: int
    escapes: tuple[int, int]
    overkill: tuple[int, int]


def scores_of(verdict: Verdict) -> JudgedScores:
    """What is kept of a verdict to decide it again."""
    return JudgedScores(
        verdict.frame.frame_id,
        verdict.model.digest,
        verdict.decision,
        tuple(verdict.scores[name] for name in CLASSES),
        verdict.anomaly,
        tuple(reason for reason in verdict.reasons if reason not in _OF_SCORES),
    )


def decide_by(judged: JudgedScores, thresholds: Thresholds) -> Decision:
    """The decision that these thresholds give."""
    prediction = Prediction(np.array(judged.scores), judged.anomaly, _NO_HEATMAP)
    return decide(prediction, thresholds, judged.quality_issues).decision


def effect_of(judged: Iterable[JudgedScores], thresholds: Thresholds, truths: Mapping[str, str]) -> Effect:
    """Compare the decisions that were made with those of ``thresholds``.

    ``truths``: frame id -> what the slab is, for those that have a label which nobody disputes.
    """
    pairs: Counter[tuple[Decision, Decision]] = Counter()
    escapes, overkill, labelled = [0, 0], [0, 0], 0
    for one in judged:
        both = (one.decision, decide_by(one, thresholds))
        pairs[both] += 1
        truth = truths.get(one.frame_id)
        if truth is None:
            continue
        labelled += 1
        for place, decision in enumerate(both):
            escapes[place] += truth != "good" and decision is Decision.GOOD
            overkill[place] += truth == "good" and decision is Decision.FAULTY
    return Effect(
        total=pairs.total(),
        before=_side(pairs, 0),
        after=_side(pairs, 1),
        moved={both: count for both, count in sorted(pairs.items()) if both[0] is not both[1]},
        labelled=labelled,
        escapes=(escapes[0], escapes[1]),
        overkill=(overkill[0], overkill[1]),
    )


def _side(pairs: Counter[tuple[Decision, Decision]], place: int) -> dict[Decision, int]:
    return {
        decision: sum(count for both, count in pairs.items() if both[place] is decision)
        for decision in Decision
    }
