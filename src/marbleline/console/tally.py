"""How many slabs got which decision: the store's counts of the settled past, and what was seen since.

Verdicts reach the screen before they are in the store. The store counts what was captured up to a
moment ago, this module what was captured later, and what is older but not yet recorded. So neither a
lag of the record nor a verdict missed while the broker was away makes the figures wrong for longer
than until the next count.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.console.snapshot import Counts
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.store import Store, VerdictCounts, VerdictQuery

Kind = tuple[str, str | None]
"""A decision and its defect."""

SETTLED_AFTER: Final = 10_000_000
"""Microseconds after capture within which a verdict is usually given and recorded."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What the store said of slabs captured from ``since`` to ``until`` (microseconds UTC).

    ``recorded``: those of the verdicts asked after that it holds.
    """

    since: int
    until: int
    counts: VerdictCounts
    recorded: frozenset[str]


def recount(store: Store, line: str, since: int, until: int, seen: Sequence[str]) -> Recount:
    """Ask the store for its counts, and which of the seen verdicts they include.

    Raises StoreUnavailable.
    """
    counts = store.counts(VerdictQuery(line=line, since=since, until=until))
    return Recount(since, until, counts, store.which_judged(seen))


class Tally:
    """Counts of slabs captured since ``since`` (microseconds UTC); not for several threads at once.

    No more than ``bound`` verdicts are known one by one: with the store away for long, those beyond are
    only counted, until it is back and is asked again.
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

    def seen(self, until: int) -> tuple[str, ...]:
        """Frame ids of the verdicts captured up to then that the store was not yet seen to hold."""
        return tuple(frame_id for frame_id, (captured_at, _) in self._seen.items() if captured_at <= until)

    def rebase(self, news: Recount) -> None:
        """Go on from what the store has counted."""
        self.since = news.since
        self._base = news.counts
        self._seen = {
            frame_id: (captured_at, kind)
            for frame_id, (captured_at, kind) in self._seen.items()
            if captured_at > news.until or (captured_at >= news.since and frame_id not in news.recorded)
        }
        self._extra = Counter(kind for _, kind in self._seen.values())

    def counts(self) -> Counts:
        """The counts now."""
        by_decision = {name.value: self._base.by_decision.get(name.value, 0) for name in Decision}
        by_defect = dict(self._base.by_defect)
        for (decision, defect), number in self._extra.items():
            by_decision[decision] = by_decision.get(decision, 0) + number
            if decision == Decision.FAULTY and defect:
                by_defect[defect] = by_defect.get(defect, 0) + number
        return Counts(self.since, sum(by_decision.values()), by_decision, by_defect)
