"""The p-chart: which periods' shares differ from the rest by more than chance.

D. C. Montgomery, Introduction to Statistical Quality Control, the control chart for fraction nonconforming
with variable sample size: with the samples' common share p and n_i items in sample i, the control limits are
p ± 3·sqrt(p(1-p)/n_i), each sample with limits of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

SIGMAS: Final = 3.0
"""Distance of the limits from the centre line, in standard deviations of a sample's share."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``count`` of ``size`` items have the property; ``size`` 0: nothing was looked at."""

    size: int
    count: int


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A sample's share and its limits, all from 0 to 1; None for an empty sample."""

    share: float | None
    lower: float | None
    upper: float | None

    @property
    def out_of_control(self) -> bool:
        """Whether the share lies beyond a limit."""
        if self.share is None or self.lower is None or self.upper is None:
            return False
        return not self.lower <= self.share <= self.upper


@dataclass(frozen=True, slots=True)
class ControlChart:
    """``centre``: the share of all samples together, None if all are empty; a point for each sample."""

    centre: float | None
    points: tuple[ControlPoint, ...]


def p_chart(samples: Sequence[Sample]) -> ControlChart:
    """The chart of these samples, in their order. A limit below 0 or above 1 is that bound.

    The formula takes the items of a sample as independent. Where the share itself varies from period to
    period, as between stones, samples of thousands lie beyond the limits more often than 3 in 1,000.
    """
    size = sum(sample.size for sample in samples)
    if not size:
        return ControlChart(None, tuple(ControlPoint(None, None, None) for _ in samples))
    centre = sum(sample.count for sample in samples) / size
    return ControlChart(centre, tuple(_point(sample, centre) for sample in samples))


def _point(sample: Sample, centre: float) -> ControlPoint:
    if not sample.size:
        return ControlPoint(None, None, None)
    reach = SIGMAS * sqrt(centre * (1 - centre) / sample.size)
    return ControlPoint(sample.count / sample.size, max(0.0, centre - reach), min(1.0, centre + reach))
