"""The one consumer of a console: listens to the line, and tells any number of pages what it knows.

Two threads: one listens to the broker, one asks the store. So a store that is slow or away holds up
no verdict on its way to the screen.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Final

from marbleline.console.beside import Beside
from marbleline.console.memory import Memory
from marbleline.console.record import Doors, Record
from marbleline.console.snapshot import Link, LinkState, Snapshot, Traffic
from marbleline.console.tally import Recount, Tally
from marbleline.domain.clock import Clock
from marbleline.domain.ledger import Ledger
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable, WireError
from marbleline.ports.broker import Message
from marbleline.telemetry.health import Health
from marbleline.workers.backoff import Backoff

log = logging.getLogger("marbleline.console")

KEPT: Final = 200
"""How many verdicts, with their thumbnails, are held: about 4 MB."""

_BUFFERED = 2_000
_TAKE = 100
_WAIT_S = 0.5
_ASK_S = 0.5
_LONGEST_WAIT_S = 5.0


class Feed:
    """Start it once per server; ``snapshot`` may be asked from any thread.

    It reconnects by itself for ever, and the snapshot says how the connections stand. ``health`` gets a
    pulse of each thread.
    """

    def __init__(
        self, doors: Doors, line: str, clock: Clock, keep: int = KEPT, health: Health | None = None
    ) -> None:
        self._doors = doors
        self._line = line
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._resync = threading.Event()
        self._memory = Memory(bound=keep)
        self._beside = Beside()
        self._tally = Tally(since=doors.counts_since(clock()))
        self._counted = False
        self._ledger: Ledger | None = None
        self._link = self._record_link = Link(LinkState.CONNECTING, clock())
        self._traffic = Traffic()
        self._record = Record(doors, line, self, keep)
        health = health or Health()
        self._live_pulse, self._record_pulse = health.pulse("live"), health.pulse("record")
        self._threads = [
            threading.Thread(target=self._guarded, args=(name, loop), name=f"console-{name}", daemon=True)
            for name, loop in (("live", self._listen), ("record", self._ask))
        ]

    def start(self) -> None:
        """Begin to listen. Call it once."""
        for thread in self._threads:
            thread.start()

    def close(self, limit_s: float = 5.0) -> None:
        """Stop listening; waits up to ``limit_s`` seconds for each thread. Never raises."""
        self._stop.set()
        self._resync.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(limit_s)

    def snapshot(self) -> Snapshot:
        """All that is known now."""
        with self._lock:
            recent, beside = self._memory.recent(), self._beside
            reviews, to_review = beside.reviews(recent)
            return Snapshot(
                line=self._line,
                taken_at=self._clock(),
                link=self._link,
                record=self._record_link,
                recent=recent,
                cameras=self._memory.cameras(),
                counts=self._tally.counts() if self._counted else None,
                ledger=self._ledger,
                traffic=self._traffic,
                truths=beside.truths,
                reviews=reviews,
                to_review=to_review,
                alarms=beside.alarms,
                queues=beside.queues,
            )

    def keep(self, change: Callable[[Beside], None]) -> None:
        """Change what is known beside the verdicts: the record's answers, a label just given."""
        with self._lock:
            change(self._beside)

    # What the record's thread tells; see ``record.Listener``.

    def missed(self, verdicts: Iterable[Verdict], reports: Iterable[CameraReport]) -> None:
        """Take in what the store holds of late."""
        with self._lock:
            for verdict in verdicts:
                if self._memory.add(verdict):
                    self._tally.add(verdict)
            for report in reports:
                self._memory.report(report)

    def uncounted(self, until: int) -> tuple[str, ...]:
        """The verdicts on slabs captured up to then that the store was not yet seen to hold."""
        with self._lock:
            return self._tally.seen(until)

    def counted(self, news: Recount) -> None:
        """Take in the store's counts."""
        with self._lock:
            self._tally.rebase(news)
            self._counted = True

    def balanced(self, ledger: Ledger) -> None:
        """Take in the ledger."""
        with self._lock:
            self._ledger = ledger

    def record_link(self, error: Exception | None) -> None:
        """Take note of whether the store could be asked."""
        with self._lock:
            before, now = self._record_link, self._clock()
            self._record_link = before.up(now) if error is None else before.down(now, str(error))
        if error is None:
            self._record_pulse.beat()
        else:
            self._record_pulse.ail("store", error)
        if before.live and error is not None:
            log.warning("console.record-away", extra={"error": str(error)})
        elif not before.live and error is None:
            log.info("console.record-live")

    def _listen(self) -> None:
        """Subscribe and take, again and again, until stopped."""
        backoff = Backoff(most_s=_LONGEST_WAIT_S)
        while not self._stop.is_set():
            try:
                self._listen_once(backoff)
            except BrokerUnavailable as error:
                self._lost(error)
            if not backoff.wait(self._stop):
                return

    def _listen_once(self, backoff: Backoff) -> None:
        broker = self._doors.make_broker()
        try:
            patterns = (f"verdict.{self._line}.#", f"camera.{self._line}.#")
            subscription = broker.subscribe(patterns, _BUFFERED)
            self._is_live()
            try:
                while not self._stop.is_set():
                    messages = subscription.take(_TAKE, _WAIT_S)
                    backoff.reset()
                    self._live_pulse.beat()
                    for message in messages:
                        self._take(message)
            finally:
                subscription.close()
        finally:
            broker.close()

    def _is_live(self) -> None:
        with self._lock:
            before = self._link
            self._link = before.up(self._clock())
        if not before.live:
            log.info("console.live")
            self._resync.set()

    def _lost(self, error: Exception) -> None:
        with self._lock:
            before = self._link
            self._link = before.down(self._clock(), str(error))
        self._live_pulse.ail("broker", error)
        if before.live:
            log.warning("console.away", extra={"error": str(error)})

    def _take(self, message: Message) -> None:
        try:
            if message.key.startswith("camera."):
                report = CameraReport.from_headers(message.headers)
                with self._lock:
                    self._memory.report(report)
                return
            verdict = Verdict.from_json(message.body)
        except WireError as error:
            log.warning("console.unreadable", extra={"key": message.key, "error": str(error)})
            self._count(unreadable=1)
            return
        with self._lock:
            new = self._memory.add(verdict)
            if new:
                self._tally.add(verdict)
        self._count(received=1, duplicates=0 if new else 1)

    def _count(self, received: int = 0, duplicates: int = 0, unreadable: int = 0) -> None:
        with self._lock:
            before = self._traffic
            self._traffic = Traffic(
                before.received + received, before.duplicates + duplicates, before.unreadable + unreadable
            )

    def _ask(self) -> None:
        """Ask the store what is due, until stopped."""
        try:
            while not self._stop.is_set():
                if self._resync.wait(_ASK_S):
                    self._resync.clear()
                    self._record.resync()
                if not self._stop.is_set():
                    self._record.ask(self._clock())
        finally:
            self._record.close()

    def _guarded(self, name: str, loop: Callable[[], None]) -> None:
        """A defect of ours must not leave a screen that looks alive: say it, and begin again."""
        backoff = Backoff(first_s=1.0, most_s=_LONGEST_WAIT_S)
        tell = self._lost if name == "live" else self.record_link
        while not self._stop.is_set():
            try:
                loop()
            except Exception as error:
                log.exception("console.defect", extra={"thread": name})
                tell(error)
            if not backoff.wait(self._stop):
                return
