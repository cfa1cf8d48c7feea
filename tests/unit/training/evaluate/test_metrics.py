"""Figures of merit against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.training.evaluate.metrics import auroc, by_group, macro_recall, recall_at


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30))
def test_auroc_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    probability = np.array([value for value, _ in rows], float)
    faulty = np.array([flag for _, flag in rows])
    pairs = [
        1.0 if bad > good else 0.5 if bad == good else 0.0
        for bad in probability[faulty]
        for good in probability[~faulty]
    ]
    if pairs:
        assert auroc(probability, faulty) == pytest.approx(np.mean(pairs))
    else:
        assert np.isnan(auroc(probability, faulty))


def test_recall_at_keeps_to_the_false_alarms() -> None:
    probability = np.concatenate([np.arange(20) / 20, [0.93, 0.96, 1.0]])
    faulty = np.array([False] * 20 + [True] * 3)
    assert recall_at(probability, faulty, 0.05) == pytest.approx(2 / 3)
    assert (probability[~faulty] > 0.95).mean() <= 0.05


def test_macro_recall_weighs_rare_classes_alike() -> None:
    true = np.array([0] * 9 + [1])
    assert macro_recall(np.zeros(10, int), true) == 0.5


def test_the_interval_resamples_whole_groups() -> None:
    values = np.array([0.0] * 50 + [1.0] * 50)
    one_each = by_group(lambda rows: float(values[rows].mean()), np.arange(100).astype(str))
    two_slabs = by_group(lambda rows: float(values[rows].mean()), np.array(["a"] * 50 + ["b"] * 50))
    assert one_each.value == two_slabs.value == 0.5
    assert one_each.high - one_each.low < 0.25
    assert (two_slabs.low, two_slabs.high) == (0.0, 1.0)
