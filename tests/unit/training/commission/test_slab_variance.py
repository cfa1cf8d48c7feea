"""Pictures of few slabs: how many they are worth, and where those of another slab fall."""

import math

import numpy as np
import pytest

from marbleline.training.commission.slab_variance import effective_count, other_slab_limit


def test_near_duplicates_of_a_slab_count_little() -> None:
    rng = np.random.default_rng(0)
    slabs = np.repeat(np.arange(10), 8)
    same = rng.normal(size=10)[slabs] + 0.01 * rng.normal(size=80)
    assert effective_count(same, slabs.astype(str), 0.9) < 13
    apart = [effective_count(rng.normal(size=80), slabs.astype(str), 0.9) for _ in range(20)]
    assert np.mean(apart) > 50
    assert effective_count(same, np.arange(80).astype(str), 0.9) == 80


def test_pictures_of_two_slabs_count_little_though_the_slabs_look_alike() -> None:
    """Two slabs cannot tell how much slabs differ: 50 pictures are worth nine at most, by Student's t."""
    rng = np.random.default_rng(1)
    two, ten = (np.arange(50) % count for count in (2, 10))
    alike = rng.normal(size=50)
    assert effective_count(alike, two.astype(str), 0.9) <= 50 * (1.299 / 3.078) ** 2 + 0.01
    assert effective_count(alike, ten.astype(str), 0.9) > 25
    assert effective_count(alike, np.zeros(50).astype(str), 0.9) == 1.0


@pytest.mark.parametrize(("slabs", "spread"), [(2, 1.0), (4, 1.0), (8, 0.3), (8, 0.0)])
def test_another_slab_falls_below_its_limit_as_often_as_targeted(slabs: int, spread: float) -> None:
    rng = np.random.default_rng(6)
    member = np.repeat(np.arange(slabs), 8)
    risks = []
    for _ in range(300):
        scores = spread * rng.normal(size=slabs)[member] + rng.normal(size=len(member))
        limit = other_slab_limit(scores, member.astype(str), 0.05)
        risks.append(0.5 * math.erfc(-limit / math.sqrt(spread**2 + 1) / math.sqrt(2)))
    assert 0.02 < np.mean(risks) < 0.08


def test_one_slab_says_nothing_of_another() -> None:
    assert other_slab_limit(np.arange(9.0), np.zeros(9).astype(str), 0.05) == -math.inf
