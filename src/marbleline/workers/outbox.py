"""The spool's way to the broker, on a thread of its own: capture is never held up by the broker."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from marbleline.domain.frame import Frame
from marbleline.domain.reasons import CORRUPT
from marbleline.domain.records import CameraReport
from marbleline.errors import BrokerFull, BrokerUnavailable, WireError
from marbleline.ports.broker import Broker, Message
from marbleline.ports.topology import FRAMES, camera_key, frame_key
from marbleline.telemetry import tracing
from marbleline.workers.backoff import Backoff
from marbleline.workers.spool import Pending, Spool
from marbleline.workers.spool_file import Entry, Refusal
from marbleline.workers.spool_view import captured_at_of

log = logging.getLogger("marbleline.camera")

_WINDOW_BYTES: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """Whose frames they are, for the dead letter of a spool file that is too damaged to say so."""

    line: str
    camera: str
    deadline_ms: int


class Outbox:
    """Publishes what the spool holds, oldest first, in windows of up to ``window`` confirms.

    ``report`` is asked about every ``report_s`` seconds and goes to the broker; it is lost without harm
    while that is away.
    """

    def __init__(
        self,
        spool: Spool,
        connect: Callable[[], Broker],
        address: Address,
        report: Callable[[], CameraReport],
        window: int = 16,
        report_s: float = 1.0,
    ) -> None:
        self._spool = spool
        self._connect = connect
        self._address = address
        self._report = report
        self._window = window
        self._report_s = report_s
        self._broker: Broker | None = None
        self._reachable = True
        self._report_at = 0.0
        self._closing = threading.Event()
        self._give_up_at = float("inf")
        self.error: BaseException | None = None

    def run(self) -> None:
        """Publish until ``finish``. A defect ends it and is kept in ``error``."""
        try:
            self._run()
        except BaseException as error:  # raised again by the worker's main thread
            self.error = error
        finally:
            if self._broker is not None:
                self._broker.close()

    def finish(self, grace_s: float) -> None:
        """Publish what can be published within ``grace_s`` seconds and end; may be called again."""
        self._give_up_at = time.monotonic() + grace_s
        self._closing.set()
        self._spool.wake()

    def _run(self) -> None:
        backoff = Backoff(most_s=5.0)
        while not self._over():
            self._report_if_due()
            if not self._spool.wait(0.0 if self._closing.is_set() else self._until_report()):
                continue
            try:
                self._send(self._spool.pending(self._window, _WINDOW_BYTES))
            except BrokerFull as error:
                log.debug("broker.full", extra={"detail": str(error)})
            except BrokerUnavailable as error:
                self._lost(error)
            else:
                self._regained()
                backoff.reset()
                continue
            # Back-pressure may end any moment; a server that is away is not to be pestered.
            if self._closing.is_set():
                time.sleep(0.05)
            elif self._reachable:
                self._closing.wait(0.1)
            else:
                backoff.wait(self._closing)
        self._send_report()

    def _over(self) -> bool:
        if not self._closing.is_set():
            return False
        return time.monotonic() >= self._give_up_at or not self._spool.figures().frames

    def _send(self, window: list[Pending]) -> None:
        """Publish a window and remove it from the spool; what is dead at birth is put away in its place."""
        if not window:
            return
        broker = self._ready_broker()
        messages: list[Message] = []
        for pending in window:
            entry = self._read(pending)
            if entry.refusal is None:
                messages.append(_message(entry))
                continue
            if messages:
                broker.publish(messages)
                self._spool.confirm(pending.sequence - 1)
                messages = []
            broker.bury(FRAMES.name, _message(entry), entry.refusal.reason, entry.refusal.detail)
            self._spool.confirm(pending.sequence)
        if messages:
            broker.publish(messages)
            self._spool.confirm(window[-1].sequence)

    def _read(self, pending: Pending) -> Entry:
        try:
            return self._spool.read(pending)
        except WireError as error:
            log.error("spool.damaged", extra={"frame_id": pending.frame_id, "detail": str(error)})  # noqa: TRY400
            self._spool.set_aside(pending)
            return self._unreadable(pending, f"spool file {pending.path.name}: {error}")

    def _unreadable(self, pending: Pending, detail: str) -> Entry:
        """What the name of a damaged file still tells: enough for the ledger to balance."""
        frame = Frame(
            frame_id=pending.frame_id,
            line=self._address.line,
            camera=self._address.camera,
            sequence=pending.sequence,
            captured_at=captured_at_of(pending.frame_id),
            sha256="",
            size=0,
            deadline_ms=self._address.deadline_ms,
        )
        return Entry(frame, b"", Refusal(CORRUPT, detail))

    def _ready_broker(self) -> Broker:
        if self._broker is None:
            self._broker = self._connect()
        return self._broker

    def _until_report(self) -> float:
        return max(0.0, self._report_at - time.monotonic())

    def _report_if_due(self) -> None:
        if time.monotonic() >= self._report_at:
            self._report_at = time.monotonic() + self._report_s
            self._send_report()

    def _send_report(self) -> None:
        report = self._report()
        try:
            key = camera_key(report.line, report.camera)
            name = f"camera-{report.camera}-{report.reported_at}"
            self._ready_broker().publish([Message(name, key, report.to_headers(), b"")])
        except BrokerFull:
            log.debug("camera.report_lost")
        except BrokerUnavailable as error:
            self._lost(error)
        else:
            self._regained()

    def _lost(self, error: BrokerUnavailable) -> None:
        if self._reachable:
            log.warning("broker.unavailable", extra={"detail": str(error)})
        self._reachable = False

    def _regained(self) -> None:
        if not self._reachable:
            log.info("broker.available", extra={"spooled": self._spool.figures().frames})
        self._reachable = True


def _message(entry: Entry) -> Message:
    frame = entry.frame
    headers = {**frame.to_headers(), **tracing.begin(frame.frame_id)}
    return Message(frame.frame_id, frame_key(frame), headers, entry.image)
