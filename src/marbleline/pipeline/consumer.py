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
from marbleline.pipeline.alone import nothing_alone, parts
from marbleline.pipeline.handling import DeadLetterReason, Handler, HandlerResult, log_fields
from marbleline.ports.broker import MessageConsumer
from marbleline.ports.message import Delivery, Message
from marbleline.ports.source import TOO_LARGE
from marbleline.telemetry import tracing
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import BATCH_MESSAGES, FRAMES_DEAD_LETTERED

log = logging.getLogger("marbleline.loop")

# So long in all was waited for messages: what is called worked off when a queue is worked off once.
IDLE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Batching:
    """Up to ``size`` messages at once; a batch that isn't full waits ``linger_ms`` for more.

    ``pause_ms``: after a batch that wasn't full nothing is taken for so long. For work that nobody waits for:
    what comes meanwhile is done at once, with fewer writes and looks into the queue.
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

    ``handler`` gets a batch and returns one outcome per delivery, in order. If it raises Unavailable
    (a model server, a store) the batch is kept, its lease renewed, and tried again with backoff.

    ``alone`` tells which deliveries are worked on one at a time, after the others of their batch are settled:
    those that may be slow, or may end this process.
    """
    heartbeat = heartbeat or Heartbeat(queue)
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
            _work_off(broker, parts(deliveries, alone), handler, stop, heartbeat)
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


def _work_off(
    broker: MessageConsumer,
    batch: Sequence[Sequence[Delivery]],
    handler: Handler,
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    """Work on a batch part by part; what is left when stopped is given back."""
    for number, part in enumerate(batch, 1):
        if number > 1 and stop.is_set():
            _ack(broker, part, [None] * len(part), stop, heartbeat)
            continue
        _ack(broker, part, _handle_when_available(broker, part, handler, stop, heartbeat), stop, heartbeat)
        if left := [delivery for later in batch[number:] for delivery in later]:
            _renew_lease(broker, left)
            heartbeat.ok()


def _handle_when_available(
    broker: MessageConsumer,
    deliveries: Sequence[Delivery],
    handler: Handler,
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> Sequence[HandlerResult]:
    """The outcomes of ``handler``, however long what it needs is away; all given back when stopped."""
    backoff = Backoff()
    while True:
        try:
            return handler(deliveries)
        except Unavailable as error:
            log.warning("worker.waiting", extra={"queue": deliveries[0].queue, "error": str(error)})
            heartbeat.degraded(_what(error), error)
        _renew_lease(broker, deliveries)
        if not backoff.wait(stop):
            return [None] * len(deliveries)


def _ack(
    broker: MessageConsumer,
    deliveries: Sequence[Delivery],
    outcomes: Sequence[HandlerResult],
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    done: list[Delivery] = []
    made: list[Message] = []
    back: list[Delivery] = []
    for delivery, outcome in zip(deliveries, outcomes, strict=True):
        if outcome is None:
            back.append(delivery)
        elif isinstance(outcome, DeadLetterReason):
            _dead_letter(broker, delivery, outcome, stop, heartbeat)
        else:
            done.append(delivery)
            made.extend(outcome)
    if done:
        try:
            _retry_until_confirmed(broker, done, lambda: broker.publish_and_ack(done, made), stop, heartbeat)
        except MessageTooLarge:
            _hand_on_each(broker, deliveries, outcomes, stop, heartbeat)
    if back:
        _retry_until_confirmed(broker, back, lambda: broker.requeue(back), stop, heartbeat)


def _dead_letter(
    broker: MessageConsumer,
    delivery: Delivery,
    dead: DeadLetterReason,
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    log.warning(
        "frame.dead_lettered", extra={**log_fields(delivery), "reason": dead.reason, "detail": dead.detail}
    )
    at = now()
    tracing.note("dead-letter", delivery.message.headers, at, at, reason=dead.reason)
    FRAMES_DEAD_LETTERED.labels(queue=delivery.queue, reason=dead.reason).inc()
    dead_letter = partial(broker.dead_letter, delivery, dead.reason, dead.detail)
    _retry_until_confirmed(broker, [delivery], dead_letter, stop, heartbeat)


def _hand_on_each(
    broker: MessageConsumer,
    deliveries: Sequence[Delivery],
    outcomes: Sequence[HandlerResult],
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    """Find what is too large for the broker and put it away; its neighbours go on."""
    for delivery, outcome in zip(deliveries, outcomes, strict=True):
        if outcome is None or isinstance(outcome, DeadLetterReason):
            continue
        try:
            _retry_until_confirmed(
                broker, [delivery], partial(broker.publish_and_ack, [delivery], outcome), stop, heartbeat
            )
        except MessageTooLarge as error:
            _dead_letter(broker, delivery, DeadLetterReason(TOO_LARGE, str(error)), stop, heartbeat)


def _retry_until_confirmed(
    broker: MessageConsumer,
    deliveries: Sequence[Delivery],
    ack: Callable[[], None],
    stop: threading.Event,
    heartbeat: Heartbeat,
) -> None:
    """Settle until it works: the work is done, so only its handing on is repeated.

    When stopped, the deliveries are left to their lease: they come again, which is harmless.
    """
    backoff = Backoff()
    while True:
        try:
            ack()
        except BrokerFull as error:
            log.info("broker.full", extra={"error": str(error)})
            heartbeat.ok()  # back-pressure is no fault of this worker
        except BrokerUnavailable as error:
            log.warning("broker.unavailable", extra={"error": str(error)})
            heartbeat.degraded("broker", error)
        else:
            return
        if not backoff.wait(stop):
            return
        _renew_lease(broker, deliveries)


def _renew_lease(broker: MessageConsumer, deliveries: Sequence[Delivery]) -> None:
    try:
        broker.renew_lease(deliveries)
    except BrokerUnavailable:
        log.debug("broker.unavailable")


def _what(error: Unavailable) -> str:
    return type(error).__name__.removesuffix("Unavailable").lower()
