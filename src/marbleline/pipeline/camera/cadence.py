"""How regularly a camera captures, learnt from its own captures."""

from collections import deque
from statistics import median
from typing import Final

_KEPT: Final = 64
_NEEDED: Final = 16
_NEAR: Final = 0.25  # an interval counts as regular within this share of the median
_REGULAR: Final = 0.75  # so large a share of the intervals has to be


class Cadence:
    """The time between two captures, if it is regular: the median of the last 64 intervals.

    The median, because a picture that comes late makes one interval too long and the next one too short.
    """

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=_KEPT)
        self._last: float | None = None

    def captured(self, at: float) -> None:
        """A picture was captured ``at`` seconds, by a clock that only goes forward."""
        if self._last is not None:
            self._intervals.append(at - self._last)
        self._last = at

    def interrupted(self) -> None:
        """The camera could not capture: the time to its next picture says nothing."""
        self._last = None

    def interval(self) -> float | None:
        """Seconds; None with fewer than 16 intervals, or if over a quarter of them is off the median."""
        intervals = list(self._intervals)
        if len(intervals) < _NEEDED:
            return None
        middle = median(intervals)
        near = sum(abs(one - middle) <= _NEAR * middle for one in intervals)
        return middle if near >= _REGULAR * len(intervals) else None
