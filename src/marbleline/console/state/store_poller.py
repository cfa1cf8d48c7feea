"""Polls the store (verdicts that the feed missed, counts, ledger, labels, alarms) and the queue depths."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, Protocol

from marbleline.console.state.alarm_log import KEPT_OF_EACH, AlarmLog, unread_events
from marbleline.console.state.alarm_watch import AlarmWatch
from marbleline.console.state.alarms import active_alarms
from marbleline.console.state.side_data import DAY, SideData
from marbleline.console.state.snapshot import Snapshot
from marbleline.console.state.store_queries import QueueDepths, newest_labels
from marbleline.console.state.verdict_counter import SETTLED_AFTER, StoredCounts, count_stored
from marbleline.domain.alarm_event import AlarmEvents
from marbleline.domain.clock import Clock
from marbleline.domain.frame import FrameIds
from marbleline.domain.ledger import Ledger
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable, Unavailable
from marbleline.ports.annotations import AlarmHistory, Alarms, Labels
from marbleline.ports.camera_reports import CameraReports
from marbleline.ports.connection import Connection
from marbleline.ports.inventory import QueueInventory
from marbleline.ports.review_queue import ReviewQueue
from marbleline.ports.subscription import Subscriptions
from marbleline.ports.verdicts import VerdictQuery, Verdicts

log = logging.getLogger("marbleline.console")

_ALARMS_S: Final = 10.0


class FeedStore(Verdicts, Labels, ReviewQueue, Alarms, AlarmHistory, CameraReports, Connection, Protocol):
    """What the feed polls."""


class FeedBroker(Subscriptions, QueueInventory, Connection, Protocol):
    """What the feed listens to, and how full its queues are."""


class StoreUpdates(Protocol):
    """Receives the results; every method is called by the polling thread."""

    def add_stored(self, verdicts: list[Verdict], reports: list[CameraReport]) -> None:
        """The newest that the store holds: some or all of it is known."""
        ...

    def unconfirmed(self, until: int) -> tuple[str, ...]:
        """Frame ids of the verdicts captured up to then that the store was not yet seen to hold."""
        ...

    def set_counts(self, stored: StoredCounts) -> None:
        """The store's counts."""
        ...

    def set_ledger(self, ledger: Ledger) -> None:
        """The ledger."""
        ...

    def update_side_data(self, change: Callable[[SideData], None]) -> None:
        """Labels, reviews, alarms, queue depths."""
        ...

    def snapshot(self) -> Snapshot:
        """All that is known now."""
        ...

    def set_store_status(self, error: Exception | None) -> None:
        """Whether the store could be queried, and if not, why."""
        ...


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """How to connect, and how often to poll; each thread makes connections of its own.

    ``counts_since`` says, for a time, when the period to be counted began (microseconds UTC).
    ``read_ledger`` is None where the ledger can't be read. Intervals in seconds.
    """

    make_broker: Callable[[], FeedBroker]
    make_store: Callable[[], FeedStore]
    read_ledger: Callable[[], Ledger] | None
    counts_since: Callable[[int], int]
    verdicts_interval_s: float = 30.0
    counts_interval_s: float = 5.0
    ledger_interval_s: float = 3.0
    side_data_interval_s: float = 3.0


class PollSchedule:
    """When to poll next: at an interval, but so that polling never takes more than a fiftieth of the time.

    It does take more where the next poll would otherwise come later than after ``longest_s``.
    """

    def __init__(self, interval_s: float, longest_s: float = math.inf) -> None:
        self._interval_s = interval_s
        self._longest_s = longest_s
        self._due_at = 0.0

    def due(self) -> bool:
        """Whether it is time to poll."""
        return time.monotonic() >= self._due_at

    def polled(self, took_s: float) -> None:
        """A poll was done and took this long."""
        self._due_at = time.monotonic() + max(self._interval_s, min(50 * took_s, self._longest_s))

    def trigger(self) -> None:
        """Poll at once."""
        self._due_at = 0.0


class StorePoller:
    """A connection to the store and the schedules of the queries. For one thread."""

    def __init__(self, config: FeedConfig, line: str, updates: StoreUpdates, keep: int, clock: Clock) -> None:
        self._config = config
        self._line = line
        self._updates = updates
        self._keep = keep
        self._store: FeedStore | None = None
        self._full = True
        self._verdicts_schedule = PollSchedule(config.verdicts_interval_s)
        self._counts_schedule = PollSchedule(config.counts_interval_s)
        self._ledger_schedule = PollSchedule(config.ledger_interval_s)
        # Alarms are among them: one slow answer of the store must not hide the next alarm for long.
        self._side_schedule = PollSchedule(config.side_data_interval_s, _ALARMS_S)
        self._queues = QueueDepths(config.make_broker)
        self._alarm_log = AlarmLog()
        self._alarm_watch = AlarmWatch(AlarmEvents(line, FrameIds(clock)))

    def resync(self) -> None:
        """Query everything that fits the screen at the next ``poll``: messages may have been missed."""
        self._full = True
        for schedule in (
            self._verdicts_schedule,
            self._counts_schedule,
            self._ledger_schedule,
            self._side_schedule,
        ):
            schedule.trigger()

    def poll(self, now: int) -> None:
        """Query what is due. Never raises Unavailable: ``set_store_status`` gets it."""
        try:
            if self._store is None:
                self._store = self._config.make_store()
            self._timed(self._verdicts_schedule, self._poll_verdicts)
            self._timed(self._counts_schedule, lambda store: self._poll_counts(store, now))
            self._timed(self._ledger_schedule, self._poll_ledger)
            self._timed(self._side_schedule, lambda store: self._poll_side_data(store, now))
        except Unavailable as error:
            self.close()
            self._updates.set_store_status(error)
        else:
            self._updates.set_store_status(None)

    def close(self) -> None:
        """Disconnect; the next poll connects again."""
        self._queues.close()
        if self._store is not None:
            self._store.close()
            self._store = None

    def _poll_verdicts(self, store: FeedStore) -> None:
        """The last verdicts, and each camera's own last where that is older than those."""
        verdicts = store.search(VerdictQuery(line=self._line), self._keep if self._full else 20)
        reports = [report for report in store.cameras() if report.line == self._line]
        if self._full:
            known = {verdict.frame.camera for verdict in verdicts}
            for report in reports:
                if report.camera not in known:
                    verdicts += store.search(VerdictQuery(line=self._line, camera=report.camera), 1)
        self._updates.add_stored(verdicts, reports)
        self._full = False

    def _poll_counts(self, store: FeedStore, now: int) -> None:
        since, until = self._config.counts_since(now), now - SETTLED_AFTER
        self._updates.set_counts(
            count_stored(store, self._line, since, until, self._updates.unconfirmed(until))
        )

    def _poll_ledger(self, store: FeedStore) -> None:
        if self._config.read_ledger is None:
            return
        try:
            self._updates.set_ledger(self._config.read_ledger())
        except BrokerUnavailable as error:
            # The ledger on the screen says when it was counted; the live feed says that the broker is away.
            log.info("console.ledger_unavailable", extra={"error": str(error)})

    def _poll_side_data(self, store: FeedStore, now: int) -> None:
        """Labels, how many slabs wait, alarms; and of the broker, how full its queues are."""
        labels = newest_labels(store, self._line, now - DAY)
        reviews = store.review_counts(self._line)
        alarms = tuple(alarm for alarm in store.alarms() if alarm.line == self._line)
        queues = self._queues.depths()

        def change(side_data: SideData) -> None:
            side_data.add_labels(labels)
            side_data.set_reviews(reviews)
            side_data.alarms, side_data.queues = alarms, queues

        self._updates.update_side_data(change)
        self._record_alarms(store)

    def _record_alarms(self, store: FeedStore) -> None:
        """Read what happened to alarms, and put on record which are raised and which have returned."""
        self._alarm_log.add(unread_events(store, self._line, self._alarm_log))
        snapshot = self._updates.snapshot()
        for key in self._alarm_log.unknown(alarm.key for alarm in active_alarms(snapshot)):
            self._alarm_log.add(store.alarm_events(self._line, KEPT_OF_EACH, alarm=key))
        made = self._alarm_watch.changes(snapshot, self._alarm_log.standings)
        if made:
            for rejection in store.put_alarm_events(made):
                log.error("console.alarm_rejected", extra=asdict(rejection))
            self._alarm_log.add(made)
        known = self._alarm_log.newest
        self._updates.update_side_data(lambda side_data: side_data.alarm_log.add(known))

    def _timed(self, schedule: PollSchedule, query: Callable[[FeedStore], None]) -> None:
        if self._store is not None and schedule.due():
            begun = time.monotonic()
            query(self._store)
            schedule.polled(time.monotonic() - begun)
