"""What the console asks the store from time to time: what it missed, the counts, the ledger."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from marbleline.console.beside import DAY, Beside
from marbleline.console.questions import Queues, newest_labels, open_reviews
from marbleline.console.tally import SETTLED_AFTER, Recount, recount
from marbleline.domain.ledger import Ledger
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable, Unavailable
from marbleline.ports.broker import Broker
from marbleline.ports.store import Store, VerdictQuery

log = logging.getLogger("marbleline.console")


class Listener(Protocol):
    """Who wants to know; every method is called by the asking thread."""

    def missed(self, verdicts: list[Verdict], reports: list[CameraReport]) -> None:
        """What the store holds of late: some or all of it is known."""
        ...

    def uncounted(self, until: int) -> tuple[str, ...]:
        """The verdicts on slabs captured up to then that the store was not yet seen to hold."""
        ...

    def counted(self, news: Recount) -> None:
        """The store's counts."""
        ...

    def balanced(self, ledger: Ledger) -> None:
        """The ledger."""
        ...

    def keep(self, change: Callable[[Beside], None]) -> None:
        """What is known beside the verdicts."""
        ...

    def record_link(self, error: Exception | None) -> None:
        """Whether the store could be asked, and if not, why."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """How to reach what the console asks; each thread makes connections of its own.

    ``counts_since`` says, for a time, when the period to be counted began (microseconds UTC).
    ``read_ledger`` is None where the ledger can't be read. Those with ``every_s``: seconds between questions.
    """

    make_broker: Callable[[], Broker]
    make_store: Callable[[], Store]
    read_ledger: Callable[[], Ledger] | None
    counts_since: Callable[[int], int]
    missed_every_s: float = 30.0
    counts_every_s: float = 5.0
    ledger_every_s: float = 3.0
    beside_every_s: float = 3.0


class Pace:
    """When to ask next: every so many seconds, and never for more than a fiftieth of the time."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due_at = 0.0

    def due(self) -> bool:
        """Whether it is time to ask."""
        return time.monotonic() >= self._due_at

    def asked(self, took_s: float) -> None:
        """It was asked, and the answer took this long."""
        self._due_at = time.monotonic() + max(self._every_s, 50 * took_s)

    def hurry(self) -> None:
        """Ask at once."""
        self._due_at = 0.0


class Record:
    """A connection to the store, and the questions that come round by themselves. For one thread."""

    def __init__(self, doors: Doors, line: str, listener: Listener, keep: int) -> None:
        self._doors = doors
        self._line = line
        self._listener = listener
        self._keep = keep
        self._store: Store | None = None
        self._whole = True
        self._missed = Pace(doors.missed_every_s)
        self._counts = Pace(doors.counts_every_s)
        self._ledger = Pace(doors.ledger_every_s)
        self._beside = Pace(doors.beside_every_s)
        self._queues = Queues(doors.make_broker)

    def resync(self) -> None:
        """Ask for everything that fits the screen at the next ``ask``: something may have been missed."""
        self._whole = True
        for pace in (self._missed, self._counts, self._ledger, self._beside):
            pace.hurry()

    def ask(self, now: int) -> None:
        """Ask whatever is due. Never raises Unavailable: the listener is told."""
        try:
            if self._store is None:
                self._store = self._doors.make_store()
            self._timed(self._missed, self._ask_missed)
            self._timed(self._counts, lambda store: self._ask_counts(store, now))
            self._timed(self._ledger, self._ask_ledger)
            self._timed(self._beside, lambda store: self._ask_beside(store, now))
        except Unavailable as error:
            self.close()
            self._listener.record_link(error)
        else:
            self._listener.record_link(None)

    def close(self) -> None:
        """Disconnect; the next question connects again."""
        self._queues.close()
        if self._store is not None:
            self._store.close()
            self._store = None

    def _ask_missed(self, store: Store) -> None:
        """The last verdicts, and each camera's own last where that is older than those."""
        verdicts = store.search(VerdictQuery(line=self._line), self._keep if self._whole else 20)
        reports = [report for report in store.cameras() if report.line == self._line]
        if self._whole:
            known = {verdict.frame.camera for verdict in verdicts}
            for report in reports:
                if report.camera not in known:
                    verdicts += store.search(VerdictQuery(line=self._line, camera=report.camera), 1)
        self._listener.missed(verdicts, reports)
        self._whole = False

    def _ask_counts(self, store: Store, now: int) -> None:
        since, until = self._doors.counts_since(now), now - SETTLED_AFTER
        self._listener.counted(recount(store, self._line, since, until, self._listener.uncounted(until)))

    def _ask_ledger(self, store: Store) -> None:
        if self._doors.read_ledger is None:
            return
        try:
            self._listener.balanced(self._doors.read_ledger())
        except BrokerUnavailable as error:
            # The ledger on the screen says when it was counted; the live feed says that the broker is away.
            log.info("console.ledger-unread", extra={"error": str(error)})

    def _ask_beside(self, store: Store, now: int) -> None:
        """Labels, slabs to review, alarms; and of the broker, how full its queues are."""
        labels = newest_labels(store, self._line, now - DAY)
        oldest, left_out = open_reviews(store, self._line, now - DAY, labels)
        alarms = tuple(alarm for alarm in store.alarms() if alarm.line == self._line)
        queues = self._queues.depths()

        def change(beside: Beside) -> None:
            beside.label(labels)
            beside.review(oldest, left_out)
            beside.alarms, beside.queues = alarms, queues

        self._listener.keep(change)

    def _timed(self, pace: Pace, ask: Callable[[Store], None]) -> None:
        if self._store is not None and pace.due():
            begun = time.monotonic()
            ask(self._store)
            pace.asked(time.monotonic() - begun)
