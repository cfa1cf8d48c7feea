"""Dead letters: a log of what was put away, replayed and dropped, and a stream of their bodies.

Both are streams: reading takes nothing out and counts no delivery, so any number of people, consoles
and ledgers may look at once. What is put away is the log's puts without those replayed or dropped.
The log is small and is read often; a body is looked for only when its letter is shown or replayed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pika

from marbleline.adapters.broker_rabbitmq import wire
from marbleline.adapters.broker_rabbitmq.layout import Layout
from marbleline.domain.frame import sha256_hex
from marbleline.domain.reasons import DELIVERY_LIMIT
from marbleline.domain.wire import Headers, integer, mapping, text
from marbleline.errors import WireError
from marbleline.ports.broker import DeadLetter, Message
from marbleline.ports.topology import MAX_DELIVERIES, holds_copies

PUT, REPLAYED, DROPPED = "put", "replayed", "dropped"
LETTER_ID: Final = "letter_id"


def letter_id(queue: str, message: Message) -> str:
    """The same message put away twice, by a worker that died in between, is one letter."""
    return f"{queue}:{message.message_id or sha256_hex(message.body)[:16]}"


def put_entry(letter: DeadLetter) -> bytes:
    """The log's entry for a letter that is put away."""
    return _json(
        {
            "event": PUT,
            LETTER_ID: letter.letter_id,
            "queue": letter.queue,
            "reason": letter.reason,
            "detail": letter.detail,
            "at": letter.at,
            "message_id": letter.message.message_id,
            "key": letter.message.key,
            "headers": letter.message.headers,
        }
    )


def gone_entry(event: str, letter: str, at: int) -> bytes:
    """The log's entry for a letter that was replayed or dropped."""
    return _json({"event": event, LETTER_ID: letter, "at": at})


def log_properties(letter: str) -> Any:
    """AMQP properties of a log entry."""
    return pika.BasicProperties(
        message_id=letter, content_type="application/json", delivery_mode=wire.PERSISTENT
    )


def body_properties(letter: DeadLetter) -> Any:
    """AMQP properties of a letter's body, by which it is found again."""
    return pika.BasicProperties(
        message_id=letter.message.message_id,
        headers={LETTER_ID: letter.letter_id},
        delivery_mode=wire.PERSISTENT,
    )


def body_of(layout: Layout, key: str, props: Any, body: bytes) -> tuple[str, bytes]:
    """The letter that a message of the bodies' stream belongs to, and its body."""
    known = (props.headers or {}).get(LETTER_ID)
    if isinstance(known, str):
        return known, body
    letter = _put_by_broker(layout, key, props, body)
    return letter.letter_id, letter.message.body


@dataclass(slots=True)
class Register:
    """What the log says, read up to ``offset``.

    ``live``      letters that are put away, oldest first, without their bodies
    ``dropped``   camera -> frame_id -> sequence of those that were dropped
    """

    layout: Layout
    offset: int = -1
    live: dict[str, DeadLetter] = field(default_factory=dict)
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    _order: dict[str, int] = field(default_factory=dict)

    def read(self, offset: int, key: str, props: Any, body: bytes) -> None:
        """Take in the log's entry at this offset; one that was read before changes nothing."""
        if offset <= self.offset:
            return
        self.offset = offset
        if props.content_type != "application/json":
            self._put(offset, _put_by_broker(self.layout, key, props, body))
            return
        try:
            entry = json.loads(body)
            self._enter(offset, entry)
        except (ValueError, WireError):
            # Nothing of ours; a log that can't be read on would hide every later letter.
            return

    def after(self, letter: str | None, limit: int) -> list[DeadLetter]:
        """The next letters after the given one, even if that is gone by now."""
        begin = -1 if letter is None else self._order.get(letter, -1)
        found = (one for one in self.live.values() if self._order[one.letter_id] > begin)
        return [one for one, _ in zip(found, range(limit), strict=False)]

    def _enter(self, offset: int, entry: Mapping[str, object]) -> None:
        event, letter = text(entry, "event"), text(entry, LETTER_ID)
        if event == PUT:
            message = Message(text(entry, "message_id"), text(entry, "key"), _headers(entry), b"")
            self._put(
                offset,
                DeadLetter(
                    letter_id=letter,
                    queue=text(entry, "queue"),
                    reason=text(entry, "reason"),
                    detail=text(entry, "detail"),
                    at=integer(entry, "at"),
                    message=message,
                ),
            )
            return
        gone = self.live.pop(letter, None)
        if gone is not None and event == DROPPED and (place := frame_of(gone)) is not None:
            camera, frame_id, sequence = place
            self.dropped.setdefault(camera, {})[frame_id] = sequence

    def _put(self, offset: int, letter: DeadLetter) -> None:
        if letter.letter_id not in self.live:
            self.live[letter.letter_id] = letter
            self._order[letter.letter_id] = offset


def frame_of(letter: DeadLetter) -> tuple[str, str, int] | None:
    """(camera, frame_id, sequence) of a letter that holds a frame or its verdict, else None.

    A copy that was put away is no dead frame: the frame itself goes on.
    """
    if holds_copies(letter.queue):
        return None
    headers = letter.message.headers
    camera, sequence = headers.get("camera"), headers.get("sequence")
    if isinstance(camera, str) and isinstance(sequence, int):
        return camera, letter.message.message_id, sequence
    return None


def with_body(letter: DeadLetter, body: bytes) -> DeadLetter:
    """The letter, whole."""
    return replace(letter, message=replace(letter.message, body=body))


def _put_by_broker(layout: Layout, key: str, props: Any, body: bytes) -> DeadLetter:
    table: Mapping[str, object] = props.headers or {}
    queue = layout.queue(str(table.get("x-first-death-queue", "")))
    message = wire.message(key, props, body)
    reason = str(table.get("x-first-death-reason", DELIVERY_LIMIT))
    return DeadLetter(
        letter_id=letter_id(queue, message),
        queue=queue,
        reason=reason,
        detail=f"taken {MAX_DELIVERIES} times and never settled"
        if reason == DELIVERY_LIMIT
        else f"put away by RabbitMQ: {reason}",
        # A stream keeps no time of death; the time of publishing is the nearest that is known.
        at=int(props.timestamp or 0) * 1_000_000,
        message=message,
    )


def _headers(entry: Mapping[str, object]) -> Headers:
    return wire.own_headers(mapping(entry, "headers"))


def _json(entry: Mapping[str, object]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
