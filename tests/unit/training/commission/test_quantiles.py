"""Quantiles against sums and tables."""

import math

import pytest

from marbleline.training.commission.quantiles import beta_below, student_quantile


@pytest.mark.parametrize(("x", "a", "b"), [(0.3, 2, 5), (0.9, 2, 5), (0.02, 1, 40), (0.5, 30, 30)])
def test_the_incomplete_beta_function_is_the_binomial_tail(x: float, a: int, b: int) -> None:
    trials = a + b - 1
    tail = sum(math.comb(trials, k) * x**k * (1 - x) ** (trials - k) for k in range(a, trials + 1))
    assert beta_below(x, a, b) == pytest.approx(tail, abs=1e-10)


@pytest.mark.parametrize(("degrees", "quantile"), [(1, 31.8205), (9, 2.8214), (30, 2.4573)])
def test_the_quantile_of_students_distribution(degrees: float, quantile: float) -> None:
    """Against the table of its 99 % quantiles."""
    assert student_quantile(0.99, degrees) == pytest.approx(quantile, abs=1e-3)
