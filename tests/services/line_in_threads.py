"""A whole line in threads on one broker: a camera's spool, an encoder, a publisher and both recorders.

Its workers decode nothing, so that a test may send thousands of frames; what they take, hand on, record and
release is done by the line's own loops.
"""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.clock import now
from marbleline.domain.frame import Frame, FrameIds, sha256_hex
from marbleline.domain.ledger import LedgerEntry
from marbleline.domain.records import CameraReport
from marbleline.operations.ledger import count
from marbleline.pipeline.camera.handover import Handover, HandoverTiming
from marbleline.pipeline.camera.outbox import CameraIdentity, Outbox
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_view import view
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.handling import Handler, HandlerResult, handle_each
from marbleline.pipeline.receipts import FRAME, VERDICT, Receipts
from marbleline.pipeline.recorder import frame_recording_handler, verdict_recording_handler
from marbleline.ports.broker import Broker
from marbleline.ports.message import Delivery
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES, VERDICT_RECORDS
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import encoded_message, make_encoded, make_report, make_verdict, verdict_message

CAMERA: Final = "camera-1"
IMPATIENT: Final = HandoverTiming(poll_s=0.2, patience_s=2.0, ask_s=0.5)


class LineInThreads:
    """``connect`` opens one more connection to the broker. ``close`` ends all of it."""

    def __init__(
        self, folder: Path, connect: Callable[[], Broker], timing: HandoverTiming = IMPATIENT
    ) -> None:
        self._connect = connect
        self._folder = folder
        self._stop = threading.Event()
        self._frame_ids = FrameIds(now)
        self.spool = Spool(folder / "spool", 10**9)
        self.store = SqliteStore(folder / "store.db")
        identity = CameraIdentity("line-1", CAMERA, 2_000)
        self.outbox = Outbox(self.spool, connect, identity, self._report)
        self.handover = Handover(self.spool, connect, identity, timing=timing)
        loops: dict[str, Callable[[], None]] = {
            "outbox": self.outbox.run,
            "handover": self.handover.run,
            "encoder": partial(self._consume, FRAMES.name, lambda _: handle_each(_encode), Batching(8)),
            "publisher": partial(self._consume, ENCODED.name, lambda _: handle_each(_judge), Batching(8)),
            "frames": partial(self._record, FRAME_RECORDS.name, frame_recording_handler, FRAME),
            "verdicts": partial(self._record, VERDICT_RECORDS.name, verdict_recording_handler, VERDICT),
        }
        self._threads = [threading.Thread(target=run, name=name) for name, run in loops.items()]
        for thread in self._threads:
            thread.start()

    def capture(self, frames: int) -> None:
        """Land so many frames."""
        for _ in range(frames):
            sequence = self.spool.next_sequence
            image = f"picture {sequence}".encode()
            at = now()
            frame = Frame(
                frame_id=self._frame_ids(),
                line="line-1",
                camera=CAMERA,
                sequence=sequence,
                captured_at=at,
                sha256=sha256_hex(image),
                size=len(image),
                deadline_ms=2_000,
            )
            self.spool.append(frame, image)

    def acked(self) -> bool:
        """Whether every frame that was captured is on record and released."""
        return not self.spool.usage().frames and not self.spool.retained()

    def state(self) -> str:
        """Where the frames are, for the message of a test that waits in vain."""
        return (
            f"captured {self.spool.next_sequence - 1}, pending {self.spool.usage().frames}, "
            f"retained {len(self.spool.retained())}, judged {self.store.judged(CAMERA, 10**9)}, "
            f"threads {[thread.name for thread in self._threads if thread.is_alive()]}"
        )

    def ledger(self) -> LedgerEntry:
        """The ledger's entry of the camera, counted now."""
        broker = self._connect()
        try:
            return count(broker, self.store, {CAMERA: view(self.spool.folder)}, now).total()
        finally:
            broker.close()

    def images(self) -> int:
        """How many of the frames have their picture on record."""
        verdicts = self.store.search(VerdictQuery(), 100_000)
        return sum(self.store.image(verdict.frame.frame_id) is not None for verdict in verdicts)

    def close(self) -> None:
        """End all threads and close what they used."""
        self._stop.set()
        self.outbox.finish(0.5)
        self.handover.finish()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), thread.name
        self.store.close()
        self.spool.close()
        for error in (self.outbox.error, self.handover.error):
            if error is not None:
                raise error

    def _report(self) -> CameraReport:
        return make_report(CAMERA)

    def _consume(self, queue: str, work: Callable[[Broker], Handler], batching: Batching) -> None:
        broker = self._connect()
        try:
            consume(broker, queue, work(broker), batching, self._stop)
        finally:
            broker.close()

    def _record(self, queue: str, recording: Callable[..., Handler], kind: str) -> None:
        store = SqliteStore(self._folder / "store.db")
        try:
            self._consume(queue, lambda broker: recording(store, Receipts(broker, kind)), Batching(32))
        finally:
            store.close()


def _encode(delivery: Delivery) -> HandlerResult:
    frame = Frame.from_headers(delivery.message.headers)
    return [encoded_message(make_encoded(frame))]


def _judge(delivery: Delivery) -> HandlerResult:
    frame = Frame.from_headers(delivery.message.headers)
    return [verdict_message(make_verdict(frame=frame))]
