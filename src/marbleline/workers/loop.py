"""Take, do, hand on, then acknowledge: the loop of every worker that reads a queue.

What was taken is settled only after what was made of it is safe. Nothing that a message holds ends
the loop: it is handed on, put away with a reason, or given back.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from marbleline.domain.clock import now
from marbleline.domain.reasons import BAD_MESSAGE, INTERNAL_ERROR
from marbleline.errors import BrokerFull, BrokerUnavailable, PictureError, Unavailable, WireError
from marbleline.ports.broker import Broker, Delivery, Message
from marbleline.telemetry import tracing
from marbleline.telemetry.health import Pulse
from marbleline.telemetry.metrics import BATCH_MESSAGES, FRAMES_DEAD_LETTERED
from marbleline.workers.backoff import Backoff

log = logging.getLogger("marbleline.loop")

# So long in all was waited for messages: what is called worked off when a queue is worked off once.
QUIET_S: Final = 1.5
# A defect of ours on one message may be a passing one (memory): it gets this many tries.
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Dead:
    """What becomes of a delivery that can't be processed."""

    reason: str
    detail: str


Outcome = Sequence[Message] | Dead | None
"""Per delivery: the messages made of it, its death, or None to give it back."""

Work = Callable[[Sequence[Delivery]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class Batching:
    """Up to ``size`` messages at once; a batch that isn't full waits ``linger_ms`` for more.

    ``rest_ms``: after a batch that wasn't full nothing is taken for so long. For work that nobody waits for:
    what comes meanwhile is done at once, with fewer writes and looks into the queue.
    """

    size: int = 8
    linger_ms: int = 0
    rest_ms: int = 0


def consume(
    broker: Broker,
    queue: str,
    work: Work,
    batching: Batching,
    stop: threading.Event,
    pulse: Pulse | None = None,
    *,
    once: bool = False,
) -> None:
    """Work on a queue until ``stop`` is set; returns with nothing left half done.

    ``once``: also returns when the waits for messages come to ``QUIET_S`` since the last batch that was full:
    what lay there is done, and what cameras go on sending is the running workers'.

    ``work`` gets a batch and returns one outcome per delivery, in order. If it raises Unavailable
    (a model server, a store) the batch is kept, its lease renewed, and tried again with backoff.
    """
    pulse = pulse or Pulse(queue)
    backoff = Backoff()
    waited = 0.0
    while not stop.is_set():
        asked_at = time.monotonic()
        try:
            taken = take_batch(broker, queue, batching, stop)
        except BrokerUnavailable as error:
            log.warning("broker.unavailable", extra={"queue": queue, "error": str(error)})
            pulse.ail("broker", error)
            if not backoff.wait(stop):
                return
            waited = 0.0
            continue
        backoff.reset()
        waited = 0.0 if len(taken) >= batching.size else waited + time.monotonic() - asked_at
        if taken:
            BATCH_MESSAGES.labels(queue=queue).observe(len(taken))
            outcomes = _persist(broker, taken, work, stop, pulse)
            _settle(broker, taken, outcomes, stop, pulse)
        if once and waited > QUIET_S:
            return
        pulse.beat()
        if batching.rest_ms and 0 < len(taken) < batching.size:
            stop.wait(batching.rest_ms / 1000)
            waited += batching.rest_ms / 1000


def take_batch(broker: Broker, queue: str, batching: Batching, stop: threading.Event) -> list[Delivery]:
    """A batch by size or by time, whichever comes first; empty if none came for a while."""
    taken = broker.take(queue, batching.size, wait_s=0.25)
    if not taken or not batching.linger_ms:
        return taken
    until = time.monotonic() + batching.linger_ms / 1000
    while len(taken) < batching.size and not stop.is_set() and (left := until - time.monotonic()) > 0:
        taken += broker.take(queue, batching.size - len(taken), wait_s=left)
    return taken


def each(work: Callable[[Delivery], Outcome]) -> Work:
    """Work on one delivery at a time, so that a bad one has no bearing on its neighbours."""

    def batch(taken: Sequence[Delivery]) -> list[Outcome]:
        return [guarded(work, delivery) for delivery in taken]

    return batch


def guarded(work: Callable[[Delivery], Outcome], delivery: Delivery) -> Outcome:
    """The outcome of ``work``, its errors turned into outcomes. Only Unavailable passes through."""
    try:
        return work(delivery)
    except Unavailable:
        raise
    except PictureError as error:
        return Dead(error.reason, error.detail)
    except WireError as error:
        return Dead(BAD_MESSAGE, str(error))
    except Exception as error:
        log.exception("worker.defect", extra=_about(delivery))
        if delivery.count < TRIES:
            return None
        return Dead(INTERNAL_ERROR, f"{type(error).__name__}: {error}"[:500])


def _persist(
    broker: Broker, taken: Sequence[Delivery], work: Work, stop: threading.Event, pulse: Pulse
) -> Sequence[Outcome]:
    """The outcomes of ``work``, however long what it needs is away; all given back when stopped."""
    backoff = Backoff()
    while True:
        try:
            return work(taken)
        except Unavailable as error:
            log.warning("worker.waits", extra={"queue": taken[0].queue, "error": str(error)})
            pulse.ail(_what(error), error)
        _extend(broker, taken)
        if not backoff.wait(stop):
            return [None] * len(taken)


def _settle(
    broker: Broker,
    taken: Sequence[Delivery],
    outcomes: Sequence[Outcome],
    stop: threading.Event,
    pulse: Pulse,
) -> None:
    done: list[Delivery] = []
    made: list[Message] = []
    back: list[Delivery] = []
    for delivery, outcome in zip(taken, outcomes, strict=True):
        if outcome is None:
            back.append(delivery)
        elif isinstance(outcome, Dead):
            log.warning(
                "frame.dead-lettered",
                extra={**_about(delivery), "reason": outcome.reason, "detail": outcome.detail},
            )
            at = now()
            tracing.note("put away", delivery.message.headers, at, at, reason=outcome.reason)
            FRAMES_DEAD_LETTERED.labels(queue=delivery.queue, reason=outcome.reason).inc()
            bury = partial(broker.dead_letter, delivery, outcome.reason, outcome.detail)
            _insist(broker, [delivery], bury, stop, pulse)
        else:
            done.append(delivery)
            made.extend(outcome)
    if done:
        _insist(broker, done, lambda: broker.hand_on(done, made), stop, pulse)
    if back:
        _insist(broker, back, lambda: broker.give_back(back), stop, pulse)


def _insist(
    broker: Broker,
    taken: Sequence[Delivery],
    settle: Callable[[], None],
    stop: threading.Event,
    pulse: Pulse,
) -> None:
    """Settle until it works: the work is done, so only its handing on is repeated.

    When stopped, the deliveries are left to their lease: they come again, which is harmless.
    """
    backoff = Backoff()
    while True:
        try:
            settle()
        except BrokerFull as error:
            log.info("broker.full", extra={"error": str(error)})
            pulse.beat()  # back-pressure is no fault of this worker
        except BrokerUnavailable as error:
            log.warning("broker.unavailable", extra={"error": str(error)})
            pulse.ail("broker", error)
        else:
            return
        if not backoff.wait(stop):
            return
        _extend(broker, taken)


def _extend(broker: Broker, taken: Sequence[Delivery]) -> None:
    try:
        broker.extend(taken)
    except BrokerUnavailable:
        log.debug("broker.unavailable")


def _what(error: Unavailable) -> str:
    return type(error).__name__.removesuffix("Unavailable").lower()


def _about(delivery: Delivery) -> dict[str, object]:
    headers = delivery.message.headers
    return {
        "queue": delivery.queue,
        "frame_id": delivery.message.message_id,
        "camera": headers.get("camera"),
        "sequence": headers.get("sequence"),
        "count": delivery.count,
    }
