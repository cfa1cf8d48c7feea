"""The part of the store that counts verdicts by period and group, for rates and control charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from marbleline.ports.verdicts import VerdictQuery

MOST_PERIODS: Final = 2_000
"""Periods of one question: thirteen months of four shifts a day, and some."""


class Dimension(StrEnum):
    """What verdicts are distinguished by, beside the period. Each names a column that stores search by."""

    CAMERA = "camera"
    PRODUCT = "product"
    MODEL_VERSION = "model_version"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` to before ``until``, microseconds UTC, whole milliseconds."""

    since: int
    until: int


@dataclass(frozen=True, slots=True, order=True)
class PeriodCount:
    """``count`` verdicts of one period, group, decision and defect, ``late`` of them after their deadline.

    ``since``   of the period
    ``group``   the value of the dimension, as text; empty without one
    ``defect``  empty where the verdict names none
    """

    since: int
    group: str
    decision: str
    defect: str
    count: int
    late: int


class VerdictStatistics(Protocol):
    """Counts that the store makes itself; no verdict is loaded."""

    def count_by_period(
        self, query: VerdictQuery, periods: Sequence[Period], by: Dimension | None
    ) -> list[PeriodCount]:
        """How many verdicts ``Verdicts.search`` would find in each period, by the dimension if one is given.

        ``periods``: ``MOST_PERIODS`` at most, in order of time and without overlap; a verdict between two of
        them is not counted. A verdict counts in the period in which its frame was captured, and about a
        second after it was put. In order of period, group, decision and defect; what would be 0 is left out.
        Raises StoreUnavailable.
        """
        ...
