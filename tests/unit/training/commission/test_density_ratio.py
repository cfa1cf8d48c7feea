"""Where a side's tail lies by both sides' scores: near the truth, and below every label of the side."""

import math

import numpy as np
import pytest

from marbleline.training.commission.density_ratio import ScoreSample, fair_sample
from marbleline.training.commission.risk import side_threshold, tail_limit


def normal_below(limit: float, mean: float) -> float:
    return 0.5 * math.erfc((mean - limit) / math.sqrt(2))


def test_with_few_faulty_ones_the_target_is_met_on_average_and_more_passes_than_by_their_tail_alone() -> None:
    rng = np.random.default_rng(3)
    risks, passed, by_tail = [], [], []
    for _ in range(200):
        faulty, good = rng.normal(2.5, 1.0, 20), rng.normal(0.0, 1.0, 60)
        limit = min(fair_sample(faulty, good).limit(0.02), faulty.min())
        risks.append(normal_below(limit, 2.5))
        passed.append(normal_below(limit, 0.0))
        by_tail.append(normal_below(tail_limit(faulty, 20.0, 0.02), 0.0))
    assert 0.005 < np.mean(risks) <= 0.025
    assert np.mean(passed) > 0.4


def test_a_skewed_side_does_not_push_the_limit_away() -> None:
    """Clear defects score far up; that says nothing of where the faintest ones lie."""
    rng = np.random.default_rng(3)
    good = rng.normal(0.0, 1.0, 60)
    faulty = 3.0 + rng.exponential(4.0, 12)
    assert fair_sample(faulty, good).limit(0.02) > 1.0
    assert tail_limit(faulty, 12.0, 0.02) < 0.0


def test_sides_that_are_not_told_apart_decide_nothing_worth_speaking_of() -> None:
    rng = np.random.default_rng(5)
    shares = []
    for _ in range(50):
        faulty, good = rng.normal(size=20), rng.normal(size=60)
        shares.append(normal_below(fair_sample(faulty, good).limit(0.02), 0.0))
    assert np.mean(shares) < 0.05


def test_it_is_used_where_labels_are_too_few_for_the_target() -> None:
    rng = np.random.default_rng(7)
    faulty, good = rng.normal(3.0, 1.0, 20), rng.normal(0.0, 1.0, 60)
    names = np.arange(20).astype(str)
    limit, side = side_threshold(faulty, names, good, 0.02, 0.9)
    assert limit == fair_sample(faulty, good).limit(0.02) < faulty.min()
    assert (side.supported, side.wrong) == (False, 0)
    assert side.claimed == pytest.approx(1 - 0.1 ** (1 / 20))


def test_the_threshold_of_few_labels_follows_the_sample_of_the_line() -> None:
    rng = np.random.default_rng(7)
    faulty, good = rng.normal(3.0, 1.0, 20), rng.normal(0.0, 1.0, 60)
    names = np.arange(20).astype(str)
    counts = np.append(np.where(faulty < 2.5, 5.0, 1.0), np.ones(60))
    sample = ScoreSample(np.append(faulty, good), np.arange(80) < 20, counts)
    plain, before = side_threshold(faulty, names, good, 0.02, 0.9)
    limit, side = side_threshold(faulty, names, good, 0.02, 0.9, sample=sample)
    assert limit == sample.limit(0.02) != plain
    assert side == before


def test_two_scores_of_a_side_are_too_few() -> None:
    with pytest.raises(ValueError, match="2 and 9 scores: need 3 of each side"):
        fair_sample(np.arange(2.0), np.arange(9.0)).limit(0.02)
