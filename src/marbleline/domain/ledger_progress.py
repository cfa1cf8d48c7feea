"""Whether frames that are pending still move: told from two counts of the ledger, never from one."""

from dataclasses import replace
from typing import Final

from marbleline.domain.ledger import Ledger, LedgerEntry

# Longer than a worker needs to be started again, and than a lease.
STALLED_AFTER_S: Final = 60.0


class LedgerProgress:
    """Remembers, per camera, since when the frames that are done with have been as many as now.

    A camera is stalled when frames are pending and none was judged, dead-lettered or discarded for
    ``after_s`` seconds. Used by one thread at a time.
    """

    def __init__(self, after_s: float = STALLED_AFTER_S) -> None:
        self._after_us = after_s * 1_000_000
        self._since: dict[str, tuple[int, int | None]] = {}

    def marked(self, ledger: Ledger) -> Ledger:
        """The ledger with ``stalled`` set in every entry that was counted before."""
        return replace(
            ledger, entries=tuple(self._marked(entry, ledger.counted_at) for entry in ledger.entries)
        )

    def _marked(self, entry: LedgerEntry, at: int) -> LedgerEntry:
        done = entry.judged + entry.dead_lettered + entry.discarded
        before = self._since.get(entry.camera)
        # Without pending frames nothing is waited for: the time counts from the first count that has some.
        if before is None or done != before[0] or before[1] is None or at < before[1]:
            self._since[entry.camera] = done, at if entry.pending else None
            return replace(entry, stalled=None if before is None else False)
        if not entry.pending:
            self._since[entry.camera] = done, None
            return replace(entry, stalled=False)
        return replace(entry, stalled=at - before[1] >= self._after_us)
