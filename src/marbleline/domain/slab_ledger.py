"""The ledger of slabs: triggers = judged + pending + missed, per station; what is beyond that is lost.

A station's triggers are numbered without a gap, so a slab that nobody decided shows as a number without a
slab verdict. Whether that is a fault depends on what came of the slab: of one that no frame shows the cameras
saw nothing, and no frame of it can be lost; one that a judged frame shows has to get its verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_RANGES: Final = 100
"""So many ranges of undecided triggers are looked at, the newest; older ones count as missed."""

CountJudged = Callable[[int, int], int]
"""How many triggers of a range, ends included, have a slab verdict."""


@dataclass(frozen=True, slots=True)
class SlabEntry:
    """One station's line in the ledger.

    ``triggers``  slabs that came into view: from the lowest number known to the highest, and those without
    ``judged``    of those, how many have a slab verdict on at least one frame
    ``pending``   those that have none yet, and a queue may hold what is missing
    ``missed``    those of which no frame came; never good
    ``lost``      those that a judged frame shows, without a slab verdict and with nothing on its way
    """

    line: str
    station: str | None
    triggers: int
    judged: int
    pending: int
    missed: int
    lost: int

    @property
    def balanced(self) -> bool:
        """Nothing is lost."""
        return self.lost == 0


@dataclass(frozen=True, slots=True)
class SlabCounts:
    """What was found of one station.

    ``seen``    triggers without a slab verdict that a judged frame shows
    ``unseen``  triggers without a slab verdict that none shows
    """

    line: str
    station: str | None
    judged: int
    missed: int
    seen: int
    unseen: int


def undecided_ranges(judged: CountJudged, low: int, high: int) -> list[tuple[int, int]]:
    """Ranges from ``low`` to ``high`` without any slab verdict, newest first, by halving."""
    found: list[tuple[int, int]] = []
    left = [(low, high)]
    while left and len(found) < MOST_RANGES:
        first, last = left.pop()
        count, size = judged(first, last), last - first + 1
        if count >= size:
            continue
        if count == 0:
            if found and found[-1][0] == last + 1:
                found[-1] = (first, found[-1][1])
            else:
                found.append((first, last))
            continue
        middle = first + (size - 1) // 2
        left += [(first, middle), (middle + 1, last)]
    return found


def balance_slabs(counts: SlabCounts, folding: int, frames_pending: int) -> SlabEntry:
    """Make a station's entry.

    ``folding``         messages of the queues that slabs are folded from and recorded from
    ``frames_pending``  frames without a recorded verdict: each may be the one that shows an unseen slab
    """
    waiting = min(counts.seen, folding)
    coming = min(counts.unseen, folding - waiting + frames_pending)
    missed = counts.missed + counts.unseen - coming
    lost = counts.seen - waiting
    return SlabEntry(
        line=counts.line,
        station=counts.station,
        triggers=counts.judged + waiting + coming + missed + lost,
        judged=counts.judged,
        pending=waiting + coming,
        missed=missed,
        lost=lost,
    )
