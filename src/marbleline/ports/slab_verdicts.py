"""The part of the store that keeps slab verdicts, and what the ledger of slabs asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.decision import Decision
from marbleline.domain.slab import SlabVerdict
from marbleline.ports.rejection import Rejection


@dataclass(frozen=True, slots=True)
class SlabQuery:
    """All given conditions hold; None asks nothing. Trigger times in microseconds UTC, ends included."""

    line: str | None = None
    station: str | None = None
    slab_id: str | None = None
    decision: Decision | None = None
    defect: str | None = None
    grade: str | None = None
    since: int | None = None
    until: int | None = None


Place = tuple[int, str]
"""Where a slab verdict stands in the order of ``slab_verdicts``: ``triggered_at`` and ``slab_verdict_id``."""


@dataclass(frozen=True, slots=True)
class StationCounts:
    """What the store holds of one station's slabs; ``station`` None: of those without a station.

    ``judged``    slab verdicts on at least one frame, ``missed``: on none
    ``numbered``  slab verdicts with a trigger's number
    ``lowest``    trigger among slab verdicts and verdicts of frames, None if none has one; ``highest``
    """

    line: str
    station: str | None
    judged: int
    missed: int
    numbered: int
    lowest: int | None
    highest: int | None


class SlabVerdicts(Protocol):
    """Used by one thread at a time. Writes are idempotent by ``slab_verdict_id``: the first one stays.

    Every question but ``slab_verdicts`` sees all that was put before it was asked.
    """

    def put_slab_verdicts(self, slabs: Sequence[SlabVerdict]) -> list[Rejection]:
        """Write slab verdicts; durable when it returns. Raises StoreUnavailable."""
        ...

    def slab_verdict(self, slab_verdict_id: str) -> SlabVerdict | None:
        """A slab's verdict, or None. Raises StoreUnavailable."""
        ...

    def slab_verdicts(self, query: SlabQuery, limit: int, after: Place | None = None) -> list[SlabVerdict]:
        """Slab verdicts, newest trigger first, after the given place. Raises StoreUnavailable."""
        ...

    def which_slabs_judged(self, slab_verdict_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that have a verdict. Raises StoreUnavailable."""
        ...

    def slab_stations(self) -> list[StationCounts]:
        """Every station that has slab verdicts, or verdicts of triggered frames. Raises StoreUnavailable."""
        ...

    def count_triggers_judged(self, line: str, station: str | None, low: int, high: int) -> int:
        """Slab verdicts of a station whose trigger is from ``low`` to ``high``. Raises StoreUnavailable."""
        ...

    def triggers_seen(self, line: str, station: str | None, low: int, high: int) -> frozenset[int]:
        """Triggers from ``low`` to ``high`` that a frame with a verdict names, 10,000 at most.

        Raises StoreUnavailable.
        """
        ...
