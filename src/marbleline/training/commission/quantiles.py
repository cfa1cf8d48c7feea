"""Quantiles that limits of few labels take, in plain Python: the machines at a line have no SciPy."""

import math


def student_quantile(share: float, degrees: float) -> float:
    """What a Student's t of so many degrees of freedom exceeds with probability 1 - ``share``, at most 1/2.

    P(T > t) is half of I(degrees / (degrees + t^2); degrees / 2, 1 / 2) (Abramowitz and Stegun 1964, 26.7.1).
    """
    low, high = 0.0, 1e6
    for _ in range(80):
        middle = (low + high) / 2
        above = beta_below(degrees / (degrees + middle * middle), degrees / 2, 0.5) / 2
        if above > 1 - share:
            low = middle
        else:
            high = middle
    return high


def beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function: P(X <= x) for X of Beta(a, b).

    By its continued fraction with Lentz's method (Abramowitz and Stegun 1964, 26.5.8).
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_below(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    tiny = 1e-300
    numerator, denominator = 1.0, 1.0 / _away(1 - (a + b) * x / (a + 1), tiny)
    fraction = denominator
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            denominator = 1.0 / _away(1 + step * denominator, tiny)
            numerator = _away(1 + step / numerator, tiny)
            fraction *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-13:
            break
    return math.exp(front) * fraction / a


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
