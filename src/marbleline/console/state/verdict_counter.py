"""How many slabs got which decision: the store's counts of the past, and what the feed brought since.

Verdicts reach the screen before they are in the store. The store counts what was captured up to a
moment ago, this module what was captured later, and what is older but not yet recorded. So neither a
delay of the store nor a verdict missed while the broker was unavailable makes the figures wrong for longer
than until the next count.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.console.state.snapshot import DecisionCounts
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.verdicts import VerdictCounts, VerdictQuery, Verdicts

Kind = tuple[str, str | None]
"""A decision and its defect."""

SETTLED_AFTER: Final = 10_000_000
"""Microseconds after capture within which a verdict is usually given and recorded."""


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """The store's counts of slabs captured from ``since`` to ``until`` (microseconds UTC).

    ``confirmed``: those of the verdicts in question that it holds.
    """

    since: int
    until: int
    counts: VerdictCounts
    confirmed: frozenset[str]


def count_stored(
    store: Verdicts, line: str, since: int, until: int, unconfirmed: Sequence[str]
) -> StoredCounts:
    """Query the counts, and which of the unconfirmed verdicts they include.

    Raises StoreUnavailable.
    """
    counts = store.counts(VerdictQuery(line=line, since=since, until=until))
    return StoredCounts(since, until, counts, store.which_judged(unconfirmed))


class VerdictCounter:
    """Counts of slabs captured since ``since`` (microseconds UTC); not for several threads at once.

    No more than ``bound`` verdicts are known one by one: if the store is unavailable for long, those beyond
    are only counted, until it can be queried again.
    """

    def __init__(self, since: int, bound: int = 20_000) -> None:
        self.since = since
        self._bound = bound
        self._base = VerdictCounts(0, {}, {})
        self._seen: dict[str, tuple[int, Kind]] = {}
        self._extra: Counter[Kind] = Counter()

    def add(self, verdict: Verdict) -> None:
        """Count a verdict that was not counted before."""
        captured_at = verdict.frame.captured_at
        if captured_at < self.since:
            return
        kind = (verdict.decision.value, verdict.defect)
        self._extra[kind] += 1
        if len(self._seen) < self._bound:
            self._seen[verdict.frame.frame_id] = (captured_at, kind)

    def unconfirmed(self, until: int) -> tuple[str, ...]:
        """Frame ids of the verdicts captured up to then that the store was not yet seen to hold."""
        return tuple(frame_id for frame_id, (captured_at, _) in self._seen.items() if captured_at <= until)

    def set_stored(self, stored: StoredCounts) -> None:
        """Continue from the store's counts."""
        self.since = stored.since
        self._base = stored.counts
        self._seen = {
            frame_id: (captured_at, kind)
            for frame_id, (captured_at, kind) in self._seen.items()
            if captured_at > stored.until
            or (captured_at >= stored.since and frame_id not in stored.confirmed)
        }
        self._extra = Counter(kind for _, kind in self._seen.values())

    def counts(self) -> DecisionCounts:
        """The counts now."""
        by_decision = {name.value: self._base.by_decision.get(name.value, 0) for name in Decision}
        by_defect = dict(self._base.by_defect)
        for (decision, defect), number in self._extra.items():
            by_decision[decision] = by_decision.get(decision, 0) + number
            if decision == Decision.FAULTY and defect:
                by_defect[defect] = by_defect.get(defect, 0) + number
        return DecisionCounts(self.since, sum(by_decision.values()), by_decision, by_defect)
