"""The learning curve: more answers of faulty slabs, a higher share decided, up to what the scores allow."""

import numpy as np

from marbleline.domain.product import RiskTargets
from marbleline.training.commission.learning_curve import learning_curve

RNG = np.random.default_rng(8)
FAULTY = np.arange(120) < 20
SCORES = np.where(FAULTY, RNG.normal(2.6, 1.0, 120), RNG.normal(-1.0, 1.0, 120))
# One faulty slab scores like a good one: with nineteen others it bounds the threshold, with a hundred not.
HARD = np.where(np.arange(120) == 0, -1.5, SCORES)
GROUPS = np.arange(120).astype(str)


def test_more_answers_decide_more_and_never_more_than_all() -> None:
    curve = learning_curve(HARD, FAULTY, GROUPS, RiskTargets(), 0.1)
    assert [step.more for step in curve] == [0, 20, 40, 80]
    assert curve[-1].decided > curve[0].decided + 0.05
    assert all(0 < step.decided <= 1 for step in curve)


def test_it_comes_true_for_slabs_that_score_alike() -> None:
    rng = np.random.default_rng(9)
    [told] = learning_curve(SCORES, FAULTY, GROUPS, RiskTargets(), 0.1, more=(80,))
    measured = []
    for _ in range(20):
        more = np.append(SCORES, rng.normal(2.6, 1.0, 80))
        flags = np.append(FAULTY, np.ones(80, bool))
        [step] = learning_curve(more, flags, np.arange(200).astype(str), RiskTargets(), 0.1, more=(0,))
        measured.append(step.decided)
    assert abs(told.decided - np.mean(measured)) < 0.1


def test_the_same_answers_give_the_same_curve() -> None:
    first, second = (learning_curve(SCORES, FAULTY, GROUPS, RiskTargets(), 0.1) for _ in range(2))
    assert first == second


def test_too_few_answers_tell_nothing() -> None:
    assert learning_curve(SCORES, np.arange(120) < 2, GROUPS, RiskTargets(), 0.1) == ()
