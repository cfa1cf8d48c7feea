"""What a worker does with a delivery, and what may come of it: messages, a dead letter, or a requeue."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.domain.reasons import BAD_MESSAGE, INTERNAL_ERROR
from marbleline.errors import PictureError, Unavailable, WireError
from marbleline.ports.message import Delivery, Message

log = logging.getLogger("marbleline.loop")

# A defect of ours on one message may be a passing one (memory): it gets this many tries.
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class DeadLetterReason:
    """Why a delivery is dead-lettered: ``reason`` is one of ``domain.reasons``, ``detail`` is for people."""

    reason: str
    detail: str


HandlerResult = Sequence[Message] | DeadLetterReason | None
"""Per delivery: the messages made of it, why it is dead-lettered, or None to requeue it."""

Handler = Callable[[Sequence[Delivery]], Sequence[HandlerResult]]


def handle_each(handler: Callable[[Delivery], HandlerResult]) -> Handler:
    """Work on one delivery at a time, so that a bad one has no bearing on its neighbours."""

    def batch(deliveries: Sequence[Delivery]) -> list[HandlerResult]:
        return [handle_guarded(handler, delivery) for delivery in deliveries]

    return batch


def handle_guarded(handler: Callable[[Delivery], HandlerResult], delivery: Delivery) -> HandlerResult:
    """The outcome of ``handler``, its errors turned into outcomes. Only Unavailable passes through."""
    try:
        return handler(delivery)
    except Unavailable:
        raise
    except PictureError as error:
        return DeadLetterReason(error.reason, error.detail)
    except WireError as error:
        return DeadLetterReason(BAD_MESSAGE, str(error))
    except Exception as error:
        log.exception("worker.unexpected_error", extra=log_fields(delivery))
        if delivery.count < TRIES:
            return None
        return DeadLetterReason(INTERNAL_ERROR, f"{type(error).__name__}: {error}"[:500])


def decode_each(
    deliveries: Sequence[Delivery], decode: Callable[[int, Delivery], HandlerResult]
) -> list[HandlerResult]:
    """Decode a batch whose handler works on all of it at once; one that can't be decoded is dead-lettered.

    ``decode`` gets a delivery and its place in the batch, keeps what it decodes, and returns the result that
    stands until the batch is handled.
    """

    def at(place: int) -> HandlerResult:
        return handle_guarded(lambda delivery: decode(place, delivery), deliveries[place])

    return [at(place) for place in range(len(deliveries))]


def log_fields(delivery: Delivery) -> dict[str, object]:
    """What a log entry about a delivery says of it."""
    headers = delivery.message.headers
    return {
        "queue": delivery.queue,
        "frame_id": delivery.message.message_id,
        "camera": headers.get("camera"),
        "sequence": headers.get("sequence"),
        "count": delivery.count,
    }
