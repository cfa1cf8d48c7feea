"""Receive, handle, publish, acknowledge: the loop of every worker that consumes a queue.

A message is acknowledged only after the result of handling it is confirmed. No content of a message ends
the loop: its result is published, it is dead-lettered with a reason, or it is requeued.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from marbleline.backoff import Backoff
from marbleline.domain.clock import now
from marbleline.errors import BrokerFull, BrokerUnavailable, MessageTooLarge, Unavailable
from marbleline.pipeline.batch_parts import nothing_alone, parts
from marbleline.pipeline.handling import DeadLetterReason, Handler, HandlerResult, log_fields
from marbleline.ports.broker import MessageConsumer
from marbleline.ports.message import Delivery, Message
from marbleline.ports.source import TOO_LARGE
from marbleline.telemetry import tracing
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import BATCH_MESSAGES, FRAMES_DEAD_LETTERED

log = logging.getLogger("marbleline.loop")

# With ``once`` a queue counts as empty after so many seconds of waiting in all.
IDLE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Batching:
    """Up to ``size`` messages at once; a batch that isn't full waits ``linger_ms`` for more.

    ``pause_ms``: after a batch that wasn't full nothing is received for so long. For work that nobody waits
    for: what comes meanwhile is done at once, with fewer writes and queries.
    """

    size: int = 8
    linger_ms: int = 0
    pause_ms: int = 0


def consume(
    broker: MessageConsumer,
    queue: str,
    handler: Handler,
    batching: Batching,
    stop: threading.Event,
    heartbeat: Heartbeat | None = None,
    *,
    once: bool = False,
    alone: Callable[[Delivery], bool] = nothing_alone,
) -> None:
    """Work on a queue until ``stop`` is set; returns with nothing left half done.

    ``once``: also returns when the waits for messages come to ``IDLE_S`` since the last batch that was full:
    what lay there is done, and what cameras go on sending is the running workers'.

    ``handler`` gets a batch and returns one result per delivery, in order. If it raises Unavailable
    (a model server, a store) the batch is kept, its lease renewed, and tried again with backoff.

    ``alone`` tells which deliveries are worked on one at a time, after the others of their batch: those that
    may be slow, or may end this process.
    """
    heartbeat = heartbeat or Heartbeat(queue)
    consumer = _Consumer(broker, handler, stop, heartbeat)
    backoff = Backoff()
    waited = 0.0
    while not stop.is_set():
        asked_at = time.monotonic()
        try:
            deliveries = receive_batch(broker, queue, batching, stop)
        except BrokerUnavailable as error:
            log.warning("broker.unavailable", extra={"queue": queue, "error": str(error)})
            heartbeat.degraded("broker", error)
            if not backoff.wait(stop):
                return
            waited = 0.0
            continue
        backoff.reset()
        waited = 0.0 if len(deliveries) >= batching.size else waited + time.monotonic() - asked_at
        if deliveries:
            BATCH_MESSAGES.labels(queue=queue).observe(len(deliveries))
            consumer.work_off(parts(deliveries, alone))
        if once and waited > IDLE_S:
            return
        heartbeat.ok()
        if batching.pause_ms and 0 < len(deliveries) < batching.size:
            stop.wait(batching.pause_ms / 1000)
            waited += batching.pause_ms / 1000


def receive_batch(
    broker: MessageConsumer, queue: str, batching: Batching, stop: threading.Event
) -> list[Delivery]:
    """A batch by size or by time, whichever comes first; empty if none came for a while."""
    deliveries = broker.receive(queue, batching.size, wait_s=0.25)
    if not deliveries or not batching.linger_ms:
        return deliveries
    until = time.monotonic() + batching.linger_ms / 1000
    while len(deliveries) < batching.size and not stop.is_set() and (left := until - time.monotonic()) > 0:
        deliveries += broker.receive(queue, batching.size - len(deliveries), wait_s=left)
    return deliveries


@dataclass(frozen=True, slots=True)
class _Consumer:
    """What is done with a batch that was received, until the broker has confirmed all of it."""

    broker: MessageConsumer
    handler: Handler
    stop: threading.Event
    heartbeat: Heartbeat

    def work_off(self, batch: Sequence[Sequence[Delivery]]) -> None:
        """Handle a batch part by part; what is left when stopped is requeued."""
        for number, part in enumerate(batch, 1):
            stopped = number > 1 and self.stop.is_set()
            self._apply(part, [None] * len(part) if stopped else self._handle(part))
            left = [delivery for later in batch[number:] for delivery in later]
            if left and not stopped:
                self._renew_lease(left)
                self.heartbeat.ok()

    def _handle(self, deliveries: Sequence[Delivery]) -> Sequence[HandlerResult]:
        """The handler's results, however long what it needs is away; all are requeued when stopped."""
        backoff = Backoff()
        while True:
            try:
                return self.handler(deliveries)
            except Unavailable as error:
                log.warning("worker.waiting", extra={"queue": deliveries[0].queue, "error": str(error)})
                self.heartbeat.degraded(_what(error), error)
            self._renew_lease(deliveries)
            if not backoff.wait(self.stop):
                return [None] * len(deliveries)

    def _apply(self, deliveries: Sequence[Delivery], results: Sequence[HandlerResult]) -> None:
        """Publish and acknowledge, dead-letter, or requeue each delivery, as its result says."""
        done: list[Delivery] = []
        made: list[Message] = []
        back: list[Delivery] = []
        for delivery, result in zip(deliveries, results, strict=True):
            if result is None:
                back.append(delivery)
            elif isinstance(result, DeadLetterReason):
                self._dead_letter(delivery, result)
            else:
                done.append(delivery)
                made.extend(result)
        if done:
            try:
                self._until_confirmed(done, lambda: self.broker.publish_and_ack(done, made))
            except MessageTooLarge:
                self._publish_each(deliveries, results)
        if back:
            self._until_confirmed(back, lambda: self.broker.requeue(back))

    def _publish_each(self, deliveries: Sequence[Delivery], results: Sequence[HandlerResult]) -> None:
        """Dead-letter what is too large for the broker; publish and acknowledge its neighbours."""
        for delivery, result in zip(deliveries, results, strict=True):
            if result is None or isinstance(result, DeadLetterReason):
                continue
            try:
                self._until_confirmed([delivery], partial(self.broker.publish_and_ack, [delivery], result))
            except MessageTooLarge as error:
                self._dead_letter(delivery, DeadLetterReason(TOO_LARGE, str(error)))

    def _dead_letter(self, delivery: Delivery, dead: DeadLetterReason) -> None:
        log.warning(
            "frame.dead_lettered",
            extra={**log_fields(delivery), "reason": dead.reason, "detail": dead.detail},
        )
        at = now()
        tracing.record_span("dead-letter", delivery.message.headers, at, at, reason=dead.reason)
        FRAMES_DEAD_LETTERED.labels(queue=delivery.queue, reason=dead.reason).inc()
        self._until_confirmed(
            [delivery], partial(self.broker.dead_letter, delivery, dead.reason, dead.detail)
        )

    def _until_confirmed(self, deliveries: Sequence[Delivery], call: Callable[[], None]) -> None:
        """Repeat a call of the broker until it works: the deliveries are handled, and not handled again.

        When stopped, the deliveries are left to their lease: they come again, which is harmless.
        """
        backoff = Backoff()
        while True:
            try:
                call()
            except BrokerFull as error:
                log.info("broker.full", extra={"error": str(error)})
                self.heartbeat.ok()  # back-pressure is no fault of this worker
            except BrokerUnavailable as error:
                log.warning("broker.unavailable", extra={"error": str(error)})
                self.heartbeat.degraded("broker", error)
            else:
                return
            if not backoff.wait(self.stop):
                return
            self._renew_lease(deliveries)

    def _renew_lease(self, deliveries: Sequence[Delivery]) -> None:
        try:
            self.broker.renew_lease(deliveries)
        except BrokerUnavailable:
            log.debug("broker.unavailable")


def _what(error: Unavailable) -> str:
    return type(error).__name__.removesuffix("Unavailable").lower()
