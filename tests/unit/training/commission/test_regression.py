"""Logistic regression without scikit-learn."""

import numpy as np
import pytest

from marbleline.training.arrays import Flags, Values
from marbleline.training.commission import regression
from marbleline.training.commission.regression import (
    balanced,
    fit_logistic,
    fit_non_negative,
    folded,
    standardised,
)


def clouds(count: int, channels: int) -> tuple[Values, Flags]:
    rng = np.random.default_rng(3)
    faulty = np.arange(count) % 3 == 0
    return rng.normal(size=(count, channels)) + faulty[:, None] * 0.8, faulty


def test_the_slope_of_the_loss_is_zero_at_the_solution() -> None:
    inputs, faulty = clouds(200, 4)
    weights = balanced(faulty)
    found = fit_logistic(inputs, faulty, weights, penalty=2.0)
    expected = 1 / (1 + np.exp(-(inputs @ found[:-1] + found[-1])))
    residual = weights * (expected - faulty)
    np.testing.assert_allclose(inputs.T @ residual + 2.0 * found[:-1], 0, atol=1e-3)
    assert residual.sum() == pytest.approx(0, abs=1e-3)


def test_examples_and_channels_lead_to_the_same_weights() -> None:
    inputs, faulty = clouds(40, 39)
    weights = balanced(faulty)
    one = regression._by_channels(inputs, faulty, weights, 5.0)
    other = regression._by_examples(inputs, faulty, weights, 5.0)
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_more_channels_than_examples() -> None:
    inputs, faulty = clouds(30, 300)
    found = fit_logistic(inputs, faulty, balanced(faulty), penalty=10.0)
    assert ((inputs @ found[:-1] + found[-1] > 0) == faulty).all()


def test_no_weight_lies_below_zero_and_the_others_are_fitted_without_those_left_out() -> None:
    inputs, faulty = clouds(200, 3)
    inputs[:, 1] *= -1
    found = fit_non_negative(inputs, faulty, balanced(faulty), penalty=2.0)
    assert fit_logistic(inputs, faulty, balanced(faulty), penalty=2.0)[1] < 0
    assert found[1] == 0
    without = fit_logistic(inputs[:, [0, 2]], faulty, balanced(faulty), penalty=2.0)
    np.testing.assert_allclose(found[[0, 2, 3]], without)


def test_where_every_weight_would_be_negative_nothing_counts() -> None:
    inputs, faulty = clouds(200, 2)
    found = fit_non_negative(-inputs, faulty, balanced(faulty), penalty=2.0)
    np.testing.assert_allclose(found, 0, atol=1e-6)


def test_balanced_weights_give_both_sides_the_same_say() -> None:
    faulty = np.array([True] + [False] * 9)
    weights = balanced(faulty)
    assert weights[faulty].sum() == pytest.approx(weights[~faulty].sum())
    assert weights.mean() == pytest.approx(1)


def test_folded_weights_take_the_inputs_as_they_are() -> None:
    inputs, faulty = clouds(60, 3)
    inputs = (inputs * [1, 10, 100] + [5, 0, -7]).astype(np.float32)
    plain, mean, deviation = standardised(inputs)
    weights = fit_logistic(plain, faulty, balanced(faulty), 1.0)
    own = folded(weights, mean, deviation)
    np.testing.assert_allclose(inputs @ own[:-1] + own[-1], plain @ weights[:-1] + weights[-1], atol=1e-3)
