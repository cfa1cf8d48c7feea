"""Logistic regression with a ridge penalty, in numpy: the machines at a line have no scikit-learn."""

import numpy as np

from marbleline.domain.model import Floats
from marbleline.training.arrays import Flags, Values

_STEPS = 25
_LEAST_CURVATURE = 1e-4
_TOLERANCE = 1e-4


def fit_logistic(inputs: Floats | Values, faulty: Flags, weights: Values, penalty: float) -> Values:
    """Weights and, last, the bias of the logit of faulty: float64 [channels + 1].

    ``inputs`` [n, channels], ``weights`` [n] of the examples, ``penalty`` on the squared weights, not on
    the bias. Newton's method (iteratively reweighted least squares: Hastie, Tibshirani and Friedman 2009,
    "The Elements of Statistical Learning", section 4.4.1); with fewer examples than channels it is solved
    for the examples instead, which gives the same weights (section 18.3.5).
    """
    values = np.asarray(inputs, np.float64)
    if len(values) < values.shape[1]:
        return _by_examples(values, faulty, weights, penalty)
    return _by_channels(values, faulty, weights, penalty)


def fit_non_negative(inputs: Floats | Values, faulty: Flags, weights: Values, penalty: float) -> Values:
    """As ``fit_logistic``, with no weight below zero.

    Inputs whose weight falls below zero are left out, and the others are fitted again, until none does.
    """
    kept = np.ones(np.shape(inputs)[1], bool)
    while True:
        found = np.zeros(len(kept) + 1)
        found[np.append(kept, True)] = fit_logistic(inputs[:, kept], faulty, weights, penalty)
        negative = found[:-1] < 0
        if not negative.any():
            return found
        kept &= ~negative


def balanced(faulty: Flags) -> Values:
    """Weights [n] of mean 1 with which good and faulty count the same, however many there are of each."""
    weights = np.zeros(len(faulty))
    for side in (True, False):
        chosen = faulty == side
        weights[chosen] = len(faulty) / 2 / max(1, chosen.sum())
    return weights


def standardised(inputs: Floats) -> tuple[Values, Values, Values]:
    """The inputs [n, channels] with zero mean and unit deviation, that mean and that deviation."""
    values = np.asarray(inputs, np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation = np.where(deviation > 1e-9, deviation, 1.0)
    return (values - mean) / deviation, mean, deviation


def folded(weights: Values, mean: Values, deviation: Values) -> Floats:
    """Weights for standardised inputs, turned into weights for the inputs as they are: float32."""
    own = weights[:-1] / deviation
    return np.append(own, weights[-1] - mean @ own).astype(np.float32)


def _by_channels(values: Values, faulty: Flags, weights: Values, penalty: float) -> Values:
    inputs = np.append(values, np.ones((len(values), 1)), axis=1)
    ridge = np.append(np.full(values.shape[1], penalty), 1e-9)
    found = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        expected = _sigmoid(inputs @ found)
        curvature = weights * np.maximum(expected * (1 - expected), _LEAST_CURVATURE)
        slope = inputs.T @ (weights * (expected - faulty)) + ridge * found
        step = np.linalg.solve((inputs * curvature[:, None]).T @ inputs + np.diag(ridge), slope)
        found -= step
        if np.abs(inputs @ step).max() < _TOLERANCE:
            break
    return found


def _by_examples(values: Values, faulty: Flags, weights: Values, penalty: float) -> Values:
    kernel = values @ values.T / penalty
    ones = np.ones(len(values))
    fitted, shares = np.zeros(len(values)), np.zeros(len(values))
    for _ in range(_STEPS):
        expected = _sigmoid(fitted)
        curvature = weights * np.maximum(expected * (1 - expected), _LEAST_CURVATURE)
        target = fitted - weights * (expected - faulty) / curvature
        solved = np.linalg.solve(kernel + np.diag(1 / curvature), np.stack([target, ones], axis=1))
        bias = solved[:, 0].sum() / solved[:, 1].sum()
        shares = solved[:, 0] - bias * solved[:, 1]
        before, fitted = fitted, kernel @ shares + bias
        if np.abs(fitted - before).max() < _TOLERANCE:
            break
    return np.append(values.T @ shares / penalty, bias)


def _sigmoid(logits: Values) -> Values:
    values: Values = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
    return values
