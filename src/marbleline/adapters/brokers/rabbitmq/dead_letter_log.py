"""Dead letters: a log of what was dead-lettered, replayed and discarded, and a stream of the bodies.

Both are streams: reading takes nothing out and counts no delivery, so any number of people, consoles
and ledgers may look at once. What is dead-lettered is the log's puts without those replayed or discarded.
The log is small and is read often; a body is looked for only when its letter is shown or replayed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pika

from marbleline.adapters.brokers.rabbitmq import message_codec
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.domain.fields import integer, mapping, text
from marbleline.domain.frame import sha256_hex
from marbleline.domain.reasons import DELIVERY_LIMIT
from marbleline.domain.wire import Headers
from marbleline.errors import WireError
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.message import Message
from marbleline.ports.topology import MAX_DELIVERIES, holds_copies

DEAD_LETTERED, REPLAYED, DISCARDED = "dead_lettered", "replayed", "discarded"
DEAD_LETTER_ID: Final = "dead_letter_id"


def dead_letter_id(queue: str, message: Message) -> str:
    """The same message dead-lettered twice, by a worker that died in between, is one dead letter."""
    return f"{queue}:{message.message_id or sha256_hex(message.body)[:16]}"


def put_entry(dead_letter: DeadLetter) -> bytes:
    """The log's entry for a message that is dead-lettered."""
    return _json(
        {
            "event": DEAD_LETTERED,
            DEAD_LETTER_ID: dead_letter.dead_letter_id,
            "queue": dead_letter.queue,
            "reason": dead_letter.reason,
            "detail": dead_letter.detail,
            "at": dead_letter.at,
            "message_id": dead_letter.message.message_id,
            "key": dead_letter.message.key,
            "headers": dead_letter.message.headers,
        }
    )


def gone_entry(event: str, dead_letter: str, at: int) -> bytes:
    """The log's entry for a dead letter that was replayed or discarded."""
    return _json({"event": event, DEAD_LETTER_ID: dead_letter, "at": at})


def log_properties(dead_letter: str) -> Any:
    """AMQP properties of a log entry."""
    return pika.BasicProperties(
        message_id=dead_letter, content_type="application/json", delivery_mode=message_codec.PERSISTENT
    )


def body_properties(dead_letter: DeadLetter) -> Any:
    """AMQP properties of a letter's body, by which it is found again."""
    return pika.BasicProperties(
        message_id=dead_letter.message.message_id,
        headers={DEAD_LETTER_ID: dead_letter.dead_letter_id},
        delivery_mode=message_codec.PERSISTENT,
    )


def body_of(layout: RabbitMQTopology, key: str, props: Any, body: bytes) -> tuple[str, bytes]:
    """The letter that a message of the bodies' stream belongs to, and its body."""
    known = (props.headers or {}).get(DEAD_LETTER_ID)
    if isinstance(known, str):
        return known, body
    dead_letter = _put_by_broker(layout, key, props, body)
    return dead_letter.dead_letter_id, dead_letter.message.body


@dataclass(slots=True)
class DeadLetterLog:
    """What the log says, read up to ``offset``.

    ``last``      the entry at that offset: by it a log that was removed and made anew is told from this one
    ``live``      dead letters, oldest first, without their bodies
    ``discarded``   camera -> frame_id -> sequence of those that were discarded
    """

    layout: RabbitMQTopology
    offset: int = -1
    last: bytes = b""
    live: dict[str, DeadLetter] = field(default_factory=dict)
    discarded: dict[str, dict[str, int]] = field(default_factory=dict)
    _order: dict[str, int] = field(default_factory=dict)

    def read(self, offset: int, key: str, props: Any, body: bytes) -> None:
        """Take in the log's entry at this offset; one that was read before changes nothing."""
        if offset <= self.offset:
            return
        self.offset, self.last = offset, body
        if props.content_type != "application/json":
            self._put(offset, _put_by_broker(self.layout, key, props, body))
            return
        try:
            entry = json.loads(body)
            self._enter(offset, entry)
        except (ValueError, WireError):
            # Nothing of ours; a log that can't be read on would hide every later letter.
            return

    def after(self, dead_letter: str | None, limit: int) -> list[DeadLetter]:
        """The next dead letters after the given one, even if that is gone by now."""
        begin = -1 if dead_letter is None else self._order.get(dead_letter, -1)
        found = (one for one in self.live.values() if self._order[one.dead_letter_id] > begin)
        return [one for one, _ in zip(found, range(limit), strict=False)]

    def _enter(self, offset: int, entry: Mapping[str, object]) -> None:
        event, dead_letter = text(entry, "event"), text(entry, DEAD_LETTER_ID)
        if event == DEAD_LETTERED:
            message = Message(text(entry, "message_id"), text(entry, "key"), _headers(entry), b"")
            self._put(
                offset,
                DeadLetter(
                    dead_letter_id=dead_letter,
                    queue=text(entry, "queue"),
                    reason=text(entry, "reason"),
                    detail=text(entry, "detail"),
                    at=integer(entry, "at"),
                    message=message,
                ),
            )
            return
        gone = self.live.pop(dead_letter, None)
        if gone is not None and event == DISCARDED and (place := frame_of(gone)) is not None:
            camera, frame_id, sequence = place
            self.discarded.setdefault(camera, {})[frame_id] = sequence

    def _put(self, offset: int, dead_letter: DeadLetter) -> None:
        if dead_letter.dead_letter_id not in self.live:
            self.live[dead_letter.dead_letter_id] = dead_letter
            self._order[dead_letter.dead_letter_id] = offset


def frame_of(dead_letter: DeadLetter) -> tuple[str, str, int] | None:
    """(camera, frame_id, sequence) of a letter that holds a frame or its verdict, else None.

    A copy that was dead-lettered is no dead-lettered frame: the frame itself is still processed.
    """
    if holds_copies(dead_letter.queue):
        return None
    headers = dead_letter.message.headers
    camera, sequence = headers.get("camera"), headers.get("sequence")
    if isinstance(camera, str) and isinstance(sequence, int):
        return camera, dead_letter.message.message_id, sequence
    return None


def with_body(dead_letter: DeadLetter, body: bytes) -> DeadLetter:
    """The letter, whole."""
    return replace(dead_letter, message=replace(dead_letter.message, body=body))


def _put_by_broker(layout: RabbitMQTopology, key: str, props: Any, body: bytes) -> DeadLetter:
    table: Mapping[str, object] = props.headers or {}
    queue = layout.queue(str(table.get("x-first-death-queue", "")))
    message = message_codec.message(key, props, body)
    reason = str(table.get("x-first-death-reason", DELIVERY_LIMIT))
    return DeadLetter(
        dead_letter_id=dead_letter_id(queue, message),
        queue=queue,
        reason=reason,
        detail=f"taken {MAX_DELIVERIES} times and never settled"
        if reason == DELIVERY_LIMIT
        else f"dead-lettered by RabbitMQ: {reason}",
        # A stream keeps no time of death; the time of publishing is the nearest that is known.
        at=int(props.timestamp or 0) * 1_000_000,
        message=message,
    )


def _headers(entry: Mapping[str, object]) -> Headers:
    return message_codec.own_headers(mapping(entry, "headers"))


def _json(entry: Mapping[str, object]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
