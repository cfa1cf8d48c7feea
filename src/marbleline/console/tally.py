"""How many slabs got which decision: what the store has counted, and what it can't have counted yet.

Verdicts reach the screen before they are in the store. A live one is counted here until the store is
found to hold it; so neither a lag of the record nor a verdict missed while the broker was away makes
the figures wrong for longer than until the next count.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from marbleline.console.snapshot import Counts
from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.ports.store import Store, VerdictCounts, VerdictQuery

Kind = tuple[str, str | None]
"""A decision and its defect."""

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Recount:
    """What the store said: its counts of slabs captured since ``since``, and who of those asked is in."""

    since: int
    counts: VerdictCounts
    recorded: frozenset[str]


def recount(store: Store, line: str, since: int, live: Iterable[str]) -> Recount:
    """Ask the store for its counts, and which of the live verdicts they include.

    Counted again while verdicts arrive between the two questions. Raises StoreUnavailable.
    """
    query, ids = VerdictQuery(line=line, since=since), tuple(live)
    counts = store.counts(query)
    for _ in range(_TRIES):
        recorded = store.which_judged(ids)
        again = store.counts(query)
        if again == counts:
            break
        counts = again
    return Recount(since, counts, recorded)


class Tally:
    """Counts of slabs captured since ``since`` (microseconds UTC); not for several threads at once.

    No more than ``bound`` live verdicts are known one by one: with the store away for long, those beyond
    are only counted, until it is back and is asked again.
    """

    def __init__(self, since: int, bound: int = 20_000) -> None:
        self.since = since
        self._bound = bound
        self._base = VerdictCounts(0, {}, {})
        self._live: dict[str, tuple[int, Kind]] = {}
        self._extra: Counter[Kind] = Counter()

    def add(self, verdict: Verdict) -> None:
        """Count a live verdict that was not counted before."""
        captured_at = verdict.frame.captured_at
        if captured_at < self.since:
            return
        kind = (verdict.decision.value, verdict.defect)
        self._extra[kind] += 1
        if len(self._live) < self._bound:
            self._live[verdict.frame.frame_id] = (captured_at, kind)

    def live(self) -> tuple[str, ...]:
        """Frame ids of the verdicts that the store was not yet seen to hold."""
        return tuple(self._live)

    def rebase(self, news: Recount) -> None:
        """Go on from what the store has counted."""
        self.since = news.since
        self._base = news.counts
        self._live = {
            frame_id: (captured_at, kind)
            for frame_id, (captured_at, kind) in self._live.items()
            if frame_id not in news.recorded and captured_at >= news.since
        }
        self._extra = Counter(kind for _, kind in self._live.values())

    def counts(self) -> Counts:
        """The counts now."""
        by_decision = {name.value: self._base.by_decision.get(name.value, 0) for name in Decision}
        by_defect = dict(self._base.by_defect)
        for (decision, defect), number in self._extra.items():
            by_decision[decision] = by_decision.get(decision, 0) + number
            if decision == Decision.FAULTY and defect:
                by_defect[defect] = by_defect.get(defect, 0) + number
        return Counts(self.since, sum(by_decision.values()), by_decision, by_defect)
