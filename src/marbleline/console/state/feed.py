"""The one consumer of a console: it follows the line, and gives any number of pages the same snapshot.

Two threads: one consumes from the broker, one polls the store. So a slow or unavailable store delays no
verdict on its way to the screen.
"""

import logging
import threading
from collections.abc import Callable, Container, Iterable
from typing import Final

from marbleline.backoff import Backoff
from marbleline.console.state.held_faulty import HeldFaulty
from marbleline.console.state.recent_verdicts import RecentVerdicts, within_bounds
from marbleline.console.state.side_data import SideData
from marbleline.console.state.snapshot import ConnectionState, ConnectionStatus, FeedCounters, Snapshot
from marbleline.console.state.store_poller import FeedConfig, StorePoller
from marbleline.console.state.verdict_counter import StoredCounts, VerdictCounter
from marbleline.domain.clock import Clock
from marbleline.domain.ledger import Ledger
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable, WireError
from marbleline.ports.message import Message
from marbleline.telemetry.health import Health

log = logging.getLogger("marbleline.console")

KEPT: Final = 200
"""How many verdicts, with their thumbnails, are held: about 4 MB."""

_BUFFERED = 2_000
_BATCH = 100
_WAIT_S = 0.5
_POLL_S = 0.5
_LONGEST_WAIT_S = 5.0


class LiveFeed:
    """Start it once per server; ``snapshot`` may be asked from any thread.

    It reconnects without end, and the snapshot has the state of both connections. ``health`` gets a heartbeat
    of each thread. ``revision`` counts what came: while it stays, there is no new verdict or label.
    ``hold_faulty``: whether faulty verdicts stay on their cameras' cards until somebody has seen them.
    """

    def __init__(
        self,
        config: FeedConfig,
        line: str,
        clock: Clock,
        keep: int = KEPT,
        health: Health | None = None,
        *,
        hold_faulty: bool = False,
    ) -> None:
        self._config = config
        self._line = line
        self._clock = clock
        self._lock = threading.Lock()
        self.revision = 0
        self._stop = threading.Event()
        self._resync = threading.Event()
        self._recent = RecentVerdicts(bound=keep)
        self._held = HeldFaulty(clock()) if hold_faulty else None
        self._side_data = SideData()
        self._counter = VerdictCounter(since=config.counts_since(clock()))
        self._counted = False
        self._ledger: Ledger | None = None
        self._broker_status = self._store_status = ConnectionStatus(ConnectionState.CONNECTING, clock())
        self._counters = FeedCounters()
        self._poller = StorePoller(config, line, self, keep, clock)
        health = health or Health()
        self._broker_heartbeat, self._store_heartbeat = health.heartbeat("live"), health.heartbeat("record")
        self._threads = [
            threading.Thread(target=self._supervised, args=(name, loop), name=f"console-{name}", daemon=True)
            for name, loop in (("consumer", self._consume), ("poller", self._poll))
        ]

    def start(self) -> None:
        """Start both threads. Call it once."""
        for thread in self._threads:
            thread.start()

    def close(self, limit_s: float = 5.0) -> None:
        """Stop both threads; waits up to ``limit_s`` seconds for each thread. Never raises."""
        self._stop.set()
        self._resync.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(limit_s)

    def snapshot(self) -> Snapshot:
        """All that is known now."""
        with self._lock:
            side_data = self._side_data
            return Snapshot(
                line=self._line,
                taken_at=self._clock(),
                broker=self._broker_status,
                store=self._store_status,
                recent=self._recent.recent(),
                cameras=self._recent.cameras(),
                counts=self._counter.counts() if self._counted else None,
                ledger=self._ledger,
                feed=self._counters,
                truths=side_data.truths,
                reviews=side_data.reviews,
                alarms=side_data.alarms,
                alarm_events=side_data.alarm_log.newest,
                alarm_standings=side_data.alarm_log.standings,
                queues=side_data.queues,
                held=self._held.shown() if self._held else None,
            )

    def update_side_data(self, change: Callable[[SideData], None]) -> None:
        """Change the side data: by what the store returned, or by a label just given."""
        with self._lock:
            truths = self._side_data.truths
            change(self._side_data)
            if self._side_data.truths is not truths:
                self.revision += 1
                self._release(self._side_data.truths)

    def release(self, frame_id: str) -> bool:
        """Hold that faulty slab no longer: somebody has seen it. Returns whether it was held."""
        with self._lock:
            return self._release((frame_id,))

    # What the poller calls; see ``store_poller.StoreUpdates``.

    def add_stored(self, verdicts: Iterable[Verdict], reports: Iterable[CameraReport]) -> None:
        """Add what the store holds; some or all of it is known."""
        with self._lock:
            for verdict in verdicts:
                self._add(verdict, live=False)
            for report in reports:
                self._recent.report(report)

    def unconfirmed(self, until: int) -> tuple[str, ...]:
        """Frame ids of the verdicts captured up to then that the store was not yet seen to hold."""
        with self._lock:
            return self._counter.unconfirmed(until)

    def set_counts(self, stored: StoredCounts) -> None:
        """Replace the store's counts."""
        with self._lock:
            self._counter.set_stored(stored)
            self._counted = True

    def set_ledger(self, ledger: Ledger) -> None:
        """Replace the ledger."""
        with self._lock:
            self._ledger = ledger

    def set_store_status(self, error: Exception | None) -> None:
        """Note whether the store could be queried, and if not, why."""
        with self._lock:
            before, now = self._store_status, self._clock()
            self._store_status = before.succeeded(now) if error is None else before.failed(now, str(error))
        if error is None:
            self._store_heartbeat.ok()
        else:
            self._store_heartbeat.degraded("store", error)
        if before.connected and error is not None:
            log.warning("console.store_disconnected", extra={"error": str(error)})
        elif not before.connected and error is None:
            log.info("console.store_connected")

    def _consume(self) -> None:
        """Subscribe and receive, with reconnects, until stopped."""
        backoff = Backoff(most_s=_LONGEST_WAIT_S)
        while not self._stop.is_set():
            try:
                self._consume_once(backoff)
            except BrokerUnavailable as error:
                self._broker_failed(error)
            if not backoff.wait(self._stop):
                return

    def _consume_once(self, backoff: Backoff) -> None:
        broker = self._config.make_broker()
        try:
            patterns = (f"verdict.{self._line}.#", f"camera.{self._line}.#")
            subscription = broker.subscribe(patterns, _BUFFERED)
            self._broker_connected()
            try:
                while not self._stop.is_set():
                    messages = subscription.receive(_BATCH, _WAIT_S)
                    backoff.reset()
                    self._broker_heartbeat.ok()
                    for message in messages:
                        self._handle(message)
            finally:
                subscription.close()
        finally:
            broker.close()

    def _broker_connected(self) -> None:
        with self._lock:
            before = self._broker_status
            self._broker_status = before.succeeded(self._clock())
        if not before.connected:
            log.info("console.broker_connected")
            self._resync.set()

    def _broker_failed(self, error: Exception) -> None:
        with self._lock:
            before = self._broker_status
            self._broker_status = before.failed(self._clock(), str(error))
        self._broker_heartbeat.degraded("broker", error)
        if before.connected:
            log.warning("console.broker_disconnected", extra={"error": str(error)})

    def _handle(self, message: Message) -> None:
        try:
            if message.key.startswith("camera."):
                report = CameraReport.from_headers(message.headers)
                with self._lock:
                    self._recent.report(report)
                return
            verdict = Verdict.from_json(message.body)
        except WireError as error:
            log.warning("console.unreadable", extra={"key": message.key, "error": str(error)})
            self._count(unreadable=1)
            return
        with self._lock:
            new = self._add(verdict, live=True)
        self._count(received=1, duplicates=0 if new else 1)

    def _add(self, verdict: Verdict, *, live: bool) -> bool:
        """Returns whether its frame is new here. The lock is held."""
        if not self._recent.add(verdict):
            return False
        self._counter.add(verdict)
        self.revision += 1
        if self._held is not None:
            labelled = verdict.frame.frame_id in self._side_data.truths
            newer = self._recent.newer_of_camera(verdict)
            self._held.judged(within_bounds(verdict), newer, live=live, labelled=labelled)
        return True

    def _release(self, frame_ids: Container[str]) -> bool:
        """The lock is held."""
        released = self._held is not None and self._held.release(frame_ids)
        self.revision += released
        return released

    def _count(self, received: int = 0, duplicates: int = 0, unreadable: int = 0) -> None:
        with self._lock:
            before = self._counters
            self._counters = FeedCounters(
                before.received + received, before.duplicates + duplicates, before.unreadable + unreadable
            )

    def _poll(self) -> None:
        """Poll the store, until stopped."""
        try:
            while not self._stop.is_set():
                if self._resync.wait(_POLL_S):
                    self._resync.clear()
                    self._poller.resync()
                if not self._stop.is_set():
                    self._poller.poll(self._clock())
        finally:
            self._poller.close()

    def _supervised(self, name: str, loop: Callable[[], None]) -> None:
        """Restart a loop that raised: a defect must not leave a screen that looks current."""
        backoff = Backoff(first_s=1.0, most_s=_LONGEST_WAIT_S)
        failed = self._broker_failed if name == "consumer" else self.set_store_status
        while not self._stop.is_set():
            try:
                loop()
            except Exception as error:
                log.exception("console.unexpected_error", extra={"thread": name})
                failed(error)
            if not backoff.wait(self._stop):
                return
