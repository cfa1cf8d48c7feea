"""Thresholds and their claims: the arithmetic, and that claims hold on slabs never seen."""

import math

import numpy as np
import pytest

from marbleline.training.commission.risk import (
    labels_needed,
    side_threshold,
    tail_limit,
    upper_limit,
)

NONE = np.zeros(0)


def alone(count: int) -> np.ndarray:
    """Every picture a slab of its own."""
    return np.array([str(number) for number in range(count)])


@pytest.mark.parametrize(
    ("wrong", "count", "confidence", "limit"),
    [
        (0, 114, 0.90, 1 - 0.1 ** (1 / 114)),
        (0, 59, 0.95, 1 - 0.05 ** (1 / 59)),
        (20, 20, 0.95, 1.0),
    ],
)
def test_the_upper_limit_of_a_share(wrong: int, count: int, confidence: float, limit: float) -> None:
    assert upper_limit(wrong, count, confidence) == pytest.approx(limit, abs=1e-9)


@pytest.mark.parametrize(("wrong", "count", "confidence"), [(3, 50, 0.95), (5, 100, 0.9), (1, 400, 0.9)])
def test_at_the_upper_limit_so_few_are_seen_as_rarely_as_the_confidence_allows(
    wrong: int, count: int, confidence: float
) -> None:
    limit = upper_limit(wrong, count, confidence)
    seen = sum(math.comb(count, k) * limit**k * (1 - limit) ** (count - k) for k in range(wrong + 1))
    assert seen == pytest.approx(1 - confidence, abs=1e-9)


def test_labels_that_a_target_takes() -> None:
    assert labels_needed(0.02) == 49
    assert labels_needed(0.05) == 19
    assert labels_needed(0.02, 0.9) == 114


@pytest.mark.parametrize(("count", "wrong"), [(48, 0), (49, 0), (99, 1), (149, 2)])
def test_the_threshold_lets_as_many_through_as_the_labels_support(count: int, wrong: int) -> None:
    scores = np.arange(count, dtype=np.float64)
    limit, side = side_threshold(scores, alone(count), NONE, 0.02, 0.9)
    assert side.wrong == wrong
    assert side.supported == (count >= 49)
    assert limit == wrong if side.supported else limit < 0
    assert side.claimed >= side.expected / 2


def test_a_claim_is_never_better_than_the_labels_support() -> None:
    for count in (1, 5, 20, 100):
        _, side = side_threshold(np.zeros(count), alone(count), NONE, 1e-4, 0.9)
        assert side.claimed == pytest.approx(1 - 0.1 ** (1 / count))
        assert not side.supported


def test_without_a_label_nothing_is_claimed() -> None:
    limit, side = side_threshold(NONE, alone(0), NONE, 0.02, 0.9)
    assert (limit, side.claimed, side.supported) == (-math.inf, 1.0, False)


@pytest.mark.slow
def test_claims_hold_on_unseen_scores_of_a_skewed_distribution() -> None:
    """Of 400 draws, the true risk exceeds the claim in no more than the confidence allows, and a little."""
    rng = np.random.default_rng(11)
    broken, risks, supported = 0, [], 0
    for _ in range(400):
        count = int(rng.integers(10, 260))
        others = -rng.exponential(size=count)
        limit, side = side_threshold(rng.exponential(size=count), alone(count), others, 0.03, 0.9)
        risk = 1 - math.exp(-limit)
        broken += risk > side.claimed
        if side.supported:
            supported += 1
            risks.append(risk)
    # 400 draws at 10 %: 40, and 18 more for chance (three standard deviations).
    assert broken <= 58
    assert supported > 200
    assert np.mean(risks) <= 0.03


@pytest.mark.slow
def test_claims_hold_where_pictures_of_a_slab_resemble_each_other() -> None:
    rng = np.random.default_rng(5)
    broken = 0
    for _ in range(300):
        slabs = np.repeat(np.arange(25), 6)
        scores = rng.normal(size=25)[slabs] + 0.7 * rng.normal(size=len(slabs))
        others = rng.normal(size=300) - 2.5
        limit, side = side_threshold(scores, slabs.astype(str), others, 0.05, 0.9)
        risk = 0.5 * math.erfc(-limit / math.sqrt(1 + 0.7**2) / math.sqrt(2))
        broken += risk > side.claimed
    assert broken <= 45


def test_with_few_labels_the_threshold_lies_beyond_them_and_the_claim_stays() -> None:
    scores = np.linspace(-1, 1, 12)
    limit, side = side_threshold(scores, alone(12), NONE, 0.02, 0.9)
    assert limit < scores.min()
    assert side.claimed == pytest.approx(1 - 0.1 ** (1 / 12))
    assert tail_limit(scores, 2.0, 0.02) == -math.inf


def test_the_next_slab_of_few_is_allowed_for() -> None:
    """Good slabs of three, ten pictures of each: the target is met for other slabs, on average."""
    rng = np.random.default_rng(2)
    slabs = np.repeat(np.arange(3), 10)
    others = rng.normal(size=60) - 2.0
    risks: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(200):
        scores = rng.normal(size=3)[slabs] + 0.7 * rng.normal(size=30)
        for normal, found in risks.items():
            limit, side = side_threshold(scores, slabs.astype(str), others, 0.05, 0.9, normal=normal)
            found.append(0.5 * math.erfc(-limit / math.sqrt(1 + 0.7**2) / math.sqrt(2)))
            assert not side.supported
    assert np.mean(risks[True]) <= 0.055
    assert np.mean(risks[False]) > 0.065


def test_a_side_of_single_pictures_needs_no_allowance_for_slabs() -> None:
    rng = np.random.default_rng(4)
    scores, others = rng.normal(2.0, 1.0, 12), rng.normal(-2.0, 1.0, 40)
    plain = side_threshold(scores, alone(12), others, 0.05, 0.9)
    assert side_threshold(scores, alone(12), others, 0.05, 0.9, normal=True) == plain
