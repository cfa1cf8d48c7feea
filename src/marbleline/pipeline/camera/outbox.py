"""The spool's way to the broker, on a thread of its own: capture is never held up by the broker."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.backoff import Backoff
from marbleline.domain.frame import Frame, captured_at_of
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.reasons import CORRUPT
from marbleline.domain.records import CameraReport
from marbleline.domain.wire import Headers
from marbleline.errors import BrokerFull, BrokerUnavailable, MessageTooLarge, WireError
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.camera.spool import Pending, Spool
from marbleline.pipeline.camera.spool_file import CaptureRejection, Entry
from marbleline.ports.broker import MessagePublisher
from marbleline.ports.connection import Connection
from marbleline.ports.message import Message
from marbleline.ports.source import TOO_LARGE
from marbleline.ports.topology import FRAMES, camera_key, frame_key, product_key
from marbleline.telemetry import tracing

log = logging.getLogger("marbleline.camera")

_WINDOW_BYTES: Final = 16_000_000
_NOT_READY_S: Final = 0.01
_CHANGES_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class CameraIdentity:
    """Whose frames they are, for the dead letter of a spool file that is too damaged to say so."""

    line: str
    camera: str
    deadline_ms: int


class OutboxBroker(MessagePublisher, Connection, Protocol):
    """What the outbox asks of the broker."""


MessagesOfFrame = Callable[[Entry], Sequence[Message] | None]
"""What is published of a frame; None: it is not ready, and neither are those behind it."""


class Outbox:
    """Publishes what the spool holds, oldest first, in windows of up to ``window`` confirms.

    A picture that is too large for the broker is dead-lettered as such, and ``limited`` is told the broker's
    limit in bytes. Changes of ``product`` go to the broker too, until it has them. ``report`` is asked about
    every ``report_s`` seconds and goes to the broker; it is lost
    without harm while that is away.
    """

    def __init__(
        self,
        spool: Spool,
        connect: Callable[[], OutboxBroker],
        identity: CameraIdentity,
        report: Callable[[], CameraReport],
        window: int = 16,
        report_s: float = 1.0,
        limited: Callable[[int], None] = lambda limit: None,
        messages: MessagesOfFrame | None = None,
        product: CurrentProduct | None = None,
    ) -> None:
        self._spool = spool
        self._connect = connect
        self._identity = identity
        self._report = report
        self._window = window
        self._report_s = report_s
        self._limited = limited
        self._messages = messages or frame_alone
        self._product = product
        self._limit: int | None = None
        self._broker: OutboxBroker | None = None
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
            except MessageTooLarge as error:
                log.warning("broker.message_too_large", extra={"limit": error.limit})
                self._limit = error.limit
                self._limited(error.limit)
                continue
            except BrokerUnavailable as error:
                self._lost(error)
            else:
                self._regained()
                backoff.reset()
                continue
            # Back-pressure may end any moment; a server that is away is asked again after the backoff.
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
        return time.monotonic() >= self._give_up_at or not self._spool.usage().frames

    def _send(self, window: list[Pending]) -> None:
        """Publish a window, which the spool then only retains; what is rejected is dead-lettered."""
        if not window:
            return
        broker = self._ready_broker()
        messages: list[Message] = []
        for place, pending in enumerate(window):
            entry = read_entry(self._spool, pending, self._identity, self._limit)
            if entry.rejection is None:
                made = self._messages(entry)
                if made is None:
                    window = window[:place]
                    break
                messages += made
                continue
            if messages:
                broker.publish(messages)
                self._spool.published(pending.sequence - 1)
                messages = []
            broker.publish_dead_letter(
                FRAMES.name, frame_message(entry), entry.rejection.reason, entry.rejection.detail
            )
            self._spool.published(pending.sequence)
            self._spool.release([pending.frame_id])
        if messages:
            broker.publish(messages)
            self._spool.published(window[-1].sequence)
        elif not window:
            time.sleep(_NOT_READY_S)

    def _ready_broker(self) -> MessagePublisher:
        if self._broker is None:
            self._broker = self._connect()
        return self._broker

    def _until_report(self) -> float:
        return max(0.0, self._report_at - time.monotonic())

    def _report_if_due(self) -> None:
        if self._product is not None and self._product.unsent:
            self._send_changes(self._product)
        if time.monotonic() >= self._report_at:
            self._report_at = time.monotonic() + self._report_s
            self._send_report()

    def _send_changes(self, product: CurrentProduct) -> None:
        changes = product.unsent[:_CHANGES_AT_ONCE]
        try:
            self._ready_broker().publish([change_message(change) for change in changes])
        except (BrokerFull, BrokerUnavailable) as error:
            log.debug("product.unsent", extra={"changes": len(changes), "detail": str(error)})
        else:
            product.sent(changes)

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
            log.info("broker.available", extra={"spooled": self._spool.usage().frames})
        self._reachable = True


def read_entry(spool: Spool, pending: Pending, identity: CameraIdentity, limit: int | None) -> Entry:
    """A frame of the spool; one whose file is damaged is set aside and refused as ``corrupt``.

    One of more than ``limit`` bytes, the most that the broker takes, is refused as ``too_large``.
    """
    try:
        entry = spool.read(pending)
    except WireError as error:
        log.error("spool.damaged", extra={"frame_id": pending.frame_id, "detail": str(error)})  # noqa: TRY400
        spool.set_aside(pending)
        return _unreadable(pending, identity, f"spool file {pending.path.name}: {error}")
    size = len(entry.image)
    if limit is None or size <= limit:
        return entry
    detail = f"{size} bytes, the broker takes messages of at most {limit}: see max_frame_bytes"
    return Entry(entry.frame, b"", CaptureRejection(TOO_LARGE, detail))


def _unreadable(pending: Pending, identity: CameraIdentity, detail: str) -> Entry:
    """What the name of a damaged file still tells: enough for the ledger to balance."""
    frame = Frame(
        frame_id=pending.frame_id,
        line=identity.line,
        camera=identity.camera,
        sequence=pending.sequence,
        captured_at=captured_at_of(pending.frame_id),
        sha256="",
        size=0,
        deadline_ms=identity.deadline_ms,
    )
    return Entry(frame, b"", CaptureRejection(CORRUPT, detail))


def frame_alone(entry: Entry) -> Sequence[Message]:
    """The frame, for the line to judge."""
    return [frame_message(entry)]


def change_message(change: ProductChange) -> Message:
    """A change of the product on the wire."""
    headers: Headers = {"camera": change.camera}
    key = product_key(change.switch.line, change.camera)
    return Message(f"product-{change.change_id}", key, headers, change.to_json())


def frame_message(entry: Entry) -> Message:
    """A frame of the spool on the wire. A refused one has no body."""
    frame = entry.frame
    headers = {**frame.to_headers(), **tracing.begin(frame.frame_id)}
    return Message(frame.frame_id, frame_key(frame), headers, entry.image)
