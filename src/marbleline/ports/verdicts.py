"""The part of the store that keeps verdicts, and the questions asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.rejection import Rejection


@dataclass(frozen=True, slots=True)
class VerdictQuery:
    """All given conditions hold; None asks nothing. Times in microseconds UTC, both ends included."""

    line: str | None = None
    camera: str | None = None
    slab_id: str | None = None
    product: str | None = None
    decision: Decision | None = None
    defect: str | None = None
    model_version: int | None = None
    since: int | None = None
    until: int | None = None
    min_faulty_probability: float | None = None
    max_faulty_probability: float | None = None
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class VerdictCounts:
    """How many verdicts there are: ``by_decision`` has all decisions, ``by_defect`` those of faulty slabs."""

    total: int
    by_decision: Mapping[str, int]
    by_defect: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class JudgedSequences:
    """What the store holds of one camera's verdicts, for the ledger.

    ``sequences`` is the number of distinct sequences, ``verdicts`` the number of verdicts that count:
    more verdicts than sequences means that a frame was counted twice. Both look only at sequences up
    to the bound that was asked for.
    """

    sequences: int
    verdicts: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """``count`` verdicts of a camera, decision and defect, captured from ``start`` (microseconds UTC) on."""

    start: int
    camera: str
    decision: str
    defect: str | None
    count: int


class Verdicts(Protocol):
    """Used by one thread at a time. Writes are idempotent by id: the first verdict of a frame stays."""

    def put_verdicts(self, verdicts: Sequence[Verdict]) -> list[Rejection]:
        """Write verdicts; durable and seen by queries soon after. Raises StoreUnavailable."""
        ...

    def verdict(self, frame_id: str) -> Verdict | None:
        """The verdict of a frame, or None. Raises StoreUnavailable."""
        ...

    def search(self, query: VerdictQuery, limit: int, after: str | None = None) -> list[Verdict]:
        """Verdicts, newest first (by ``frame_id``), after the given ``frame_id``. Raises StoreUnavailable."""
        ...

    def counts(self, query: VerdictQuery) -> VerdictCounts:
        """Counts of what ``search`` would find. Raises StoreUnavailable."""
        ...

    def hourly(self, query: VerdictQuery, step_us: int) -> list[Bucket]:
        """How many ``search`` would find, in steps counted from ``query.since``, in order of time.

        ``step_us``: microseconds, whole milliseconds. Empty steps are left out. Raises StoreUnavailable.
        """
        ...

    def highest_sequences(self) -> dict[str, int]:
        """Camera -> highest sequence among stored frames and verdicts. Raises StoreUnavailable."""
        ...

    def judged(self, camera: str, up_to: int) -> JudgedSequences:
        """What is held of a camera's verdicts with a sequence of ``up_to`` or less.

        Sees every verdict whose ``put_verdicts`` has returned. Raises StoreUnavailable.
        """
        ...

    def which_judged(self, frame_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that have a verdict. Raises StoreUnavailable."""
        ...
