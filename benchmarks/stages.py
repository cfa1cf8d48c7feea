"""What a frame costs at each stage: the line's own code on one thread, so that CPU time can be told apart."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from benchmarks.pictures import pictures
from marbleline.adapters.classifiers.by_product import ClassifiersByProduct
from marbleline.domain.clock import now
from marbleline.domain.frame import DEFAULT_PRODUCT
from marbleline.domain.picture import Limits
from marbleline.domain.product import Product
from marbleline.domain.quality import QualityGate
from marbleline.pipeline.camera.capture import CameraOptions, Capture
from marbleline.pipeline.camera.outbox import CameraIdentity, Outbox
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.encoder import encoding_handler
from marbleline.pipeline.handling import Handler
from marbleline.pipeline.publisher import publishing_handler
from marbleline.pipeline.recorder import frame_recording_handler, verdict_recording_handler
from marbleline.ports.broker import Broker
from marbleline.ports.classifier import Classifier
from marbleline.ports.message import Delivery, Message
from marbleline.ports.source import CapturedImage
from marbleline.ports.store import Store
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES, VERDICT_RECORDS

T = TypeVar("T")
WINDOW: Final = 16


@dataclass
class Costs:
    """CPU seconds and bytes written by stage, over so many frames. ``also`` adds the servers' CPU."""

    frames: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    also: Callable[[], float] = lambda: 0.0

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Count what happens within the block."""
        wrote, began = _written(), time.process_time() + self.also()
        yield
        self.cpu[stage] = self.cpu.get(stage, 0.0) + time.process_time() + self.also() - began
        self.written[stage] = self.written.get(stage, 0) + _written() - wrote

    def each_ms(self) -> dict[str, float]:
        """CPU milliseconds of a frame by stage."""
        return {stage: spent / self.frames * 1e3 for stage, spent in self.cpu.items()}


class Gallery:
    """A source that gives the bench's pictures without a pause."""

    can_wait = True
    dropped = 0

    def __init__(self) -> None:
        self._next = 0

    def resume(self, last: object) -> None:
        """Nothing to go on from."""

    def next_image(self, wait_s: float) -> CapturedImage:
        """The next one."""
        self._next += 1
        return CapturedImage(pictures()[self._next % len(pictures())], now(), f"{self._next}.jpg")

    def committed(self, captured: CapturedImage, frame: object) -> None:
        """Nothing to note."""

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """Nothing to note."""

    def close(self) -> None:
        """Nothing to close."""


class Pipeline:
    """All stages of a line in this process, on one thread."""

    def __init__(
        self, folder: Path, broker: Broker, store: Store, costs: Costs, classifier: Classifier
    ) -> None:
        self._broker, self._store, self.costs = broker, store, costs
        spec = classifier.manifest.input
        by_product = ClassifiersByProduct(
            lambda product: classifier, lambda name: Product(name=name), DEFAULT_PRODUCT
        )
        self._encode = encoding_handler(lambda product: spec, Limits(), now)
        self._publish = publishing_handler(by_product, QualityGate(), now)
        self._spool = Spool(folder / "spool", 10**9)
        self._capture = Capture(Gallery(), self._spool, CameraOptions("bench", "camera-0"))
        self._outbox = Outbox(
            self._spool,
            lambda: broker,
            CameraIdentity("bench", "camera-0", 2_000),
            self._capture.report,
            WINDOW,
        )
        self._stop = threading.Event()

    def run(self, frames: int, batch: int) -> None:
        """So many frames through every stage, ``batch`` at once."""
        for _ in range(0, frames, batch):
            with self.costs.of("capture: identity, hash, spool"):
                for _ in range(batch):
                    self._capture.step(self._stop)
            with self.costs.of("camera: spool to broker"):
                while pending := self._spool.pending(WINDOW, 16_000_000):
                    self._outbox._send(pending)
            self._step("encoder", FRAMES.name, self._encode, batch)
            self._step("publisher", ENCODED.name, self._publish, batch)
            self._step("frame recorder", FRAME_RECORDS.name, frame_recording_handler(self._store), batch)
            self._step(
                "verdict recorder", VERDICT_RECORDS.name, verdict_recording_handler(self._store), batch
            )
            self.costs.frames += batch

    def close(self) -> None:
        """Let go of the spool."""
        self._spool.close()

    def _step(self, who: str, queue: str, work: Handler, batch: int) -> None:
        left = batch
        while left > 0:
            with self.costs.of(f"{who}: receive"):
                deliveries: Sequence[Delivery] = self._broker.receive(queue, left, 10)
            if not deliveries:
                raise TimeoutError(f"{queue}: {left} did not come")
            with self.costs.of(f"{who}: work"):
                outcomes = work(deliveries)
            made = [message for one in outcomes for message in _messages(one)]
            with self.costs.of(f"{who}: publish, acknowledge"):
                self._broker.publish_and_ack(deliveries, made)
            left -= len(deliveries)


def _messages(outcome: object) -> Sequence[Message]:
    if not isinstance(outcome, Sequence):
        raise TypeError(f"not made: {outcome}")
    return outcome


def _written() -> int:
    with open(f"/proc/{os.getpid()}/io", encoding="ascii") as file:  # noqa: PTH123 - read thousands of times
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))
