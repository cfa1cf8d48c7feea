"""The p-chart: which periods' shares differ from the rest by more than chance.

D. C. Montgomery, Introduction to Statistical Quality Control, the control chart for fraction nonconforming
with variable sample size: with the subgroups' common share p and n_i items in subgroup i, the control limits
are p ± 3·sqrt(p(1-p)/n_i), each subgroup with limits of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

SIGMAS: Final = 3.0
"""Distance of the limits from the centre line, in standard deviations of a subgroup's share."""


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One period: ``count`` of ``size`` items have the property; ``size`` 0: nothing was looked at."""

    size: int
    count: int


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A subgroup's share and its limits, all from 0 to 1; None for an empty subgroup."""

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
    """``centre``: the share of all subgroups together, None if all are empty; a point for each subgroup."""

    centre: float | None
    points: tuple[ControlPoint, ...]


def p_chart(subgroups: Sequence[Subgroup]) -> ControlChart:
    """The chart of these subgroups, in their order. A limit below 0 or above 1 is that bound.

    The formula takes the items of a subgroup as independent. Where the share itself varies from period to
    period, as between stones, subgroups of thousands lie beyond the limits more often than 3 in 1,000.
    """
    size = sum(subgroup.size for subgroup in subgroups)
    if not size:
        return ControlChart(None, tuple(ControlPoint(None, None, None) for _ in subgroups))
    centre = sum(subgroup.count for subgroup in subgroups) / size
    return ControlChart(centre, tuple(_point(subgroup, centre) for subgroup in subgroups))


def _point(subgroup: Subgroup, centre: float) -> ControlPoint:
    if not subgroup.size:
        return ControlPoint(None, None, None)
    reach = SIGMAS * sqrt(centre * (1 - centre) / subgroup.size)
    return ControlPoint(subgroup.count / subgroup.size, max(0.0, centre - reach), min(1.0, centre + reach))
