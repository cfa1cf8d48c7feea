"""Other thresholds on stored scores: the same decision as if the slab were judged again."""

from msgspec.structs import replace

from marbleline.domain.decision import Decision
from marbleline.domain.model import Thresholds
from marbleline.domain.threshold_effect import decide_by, effect_of, scores_of
from marbleline.domain.verdict import Verdict
from tests.builders import make_verdict

STRICT = Thresholds(good_upto=0.05, faulty_from=0.6, anomaly_upto=5.0)


def judged(sequence: int, probability: float, decision: Decision, *, anomaly: float = 1.0) -> Verdict:
    scores = {"good": 1 - probability, "crack": probability, "dot": 0.0, "joint": 0.0}
    made = make_verdict(sequence, decision=decision, faulty_probability=probability)
    return replace(made, scores=scores, anomaly=anomaly, reasons=())


def test_the_effect_counts_what_moves_and_the_mistakes_among_labels() -> None:
    slabs = [
        judged(1, 0.01, Decision.GOOD),
        judged(2, 0.10, Decision.GOOD),
        judged(3, 0.70, Decision.REVIEW),
        judged(4, 0.90, Decision.FAULTY),
    ]
    ids = [one.frame.frame_id for one in slabs]
    found = effect_of(map(scores_of, slabs), STRICT, {ids[1]: "crack", ids[2]: "good"})
    assert found.before == {Decision.GOOD: 2, Decision.FAULTY: 1, Decision.REVIEW: 1}
    assert found.after == {Decision.GOOD: 1, Decision.FAULTY: 2, Decision.REVIEW: 1}
    assert found.moved == {
        (Decision.GOOD, Decision.REVIEW): 1,
        (Decision.REVIEW, Decision.FAULTY): 1,
    }
    assert (found.labelled, found.escapes, found.overkill) == (2, (1, 0), (0, 1))


def test_a_picture_with_a_quality_issue_stays_in_review() -> None:
    blurred = replace(judged(1, 0.01, Decision.REVIEW), reasons=("blurred",))
    unsure = replace(judged(2, 0.01, Decision.REVIEW), reasons=("unsure",))
    assert decide_by(scores_of(blurred), STRICT) is Decision.REVIEW
    assert decide_by(scores_of(unsure), STRICT) is Decision.GOOD


def test_a_slab_unlike_the_good_ones_is_not_passed() -> None:
    assert decide_by(scores_of(judged(1, 0.01, Decision.GOOD, anomaly=9.0)), STRICT) is Decision.REVIEW
