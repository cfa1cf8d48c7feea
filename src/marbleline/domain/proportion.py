"""A share that was counted, with how sure it is."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z_95: Final = 1.959964
"""Quantile of the standard normal distribution for a two-sided confidence of 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends from 0 to 1."""

    low: float
    high: float


def wilson_interval(count: int, size: int, z: float = Z_95) -> Interval | None:
    """The score interval of ``count`` in ``size``; None without items.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
    It stays within 0 to 1 and means something for small counts, 0 included. Raises ValueError unless
    0 <= count <= size.
    """
    if not 0 <= count <= size:
        raise ValueError(f"{count} of {size} is no share: give a count from 0 to the size")
    if not size:
        return None
    share, weight = count / size, z * z / size
    middle = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * sqrt(share * (1 - share) / size + weight / (4 * size))
    low = 0.0 if count == 0 else max(0.0, middle - reach)
    high = 1.0 if count == size else min(1.0, middle + reach)
    return Interval(low, high)
