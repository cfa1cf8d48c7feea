"""A message as AMQP carries it, and back."""

from collections.abc import Mapping
from typing import Any, Final

import pika
from pika.compat import long

from marbleline.domain.wire import Headers
from marbleline.ports.message import Message

# A message that is put into one queue again by name still has the routing key it was published with.
KEY: Final = "x-marbleline-key"
PERSISTENT: Final = 2


def properties(message: Message, *, published_at: int, routed: bool = True) -> Any:
    """AMQP properties of a message: its id, and its headers with every integer 64 bits wide.

    ``routed`` says that the message travels by its own key and not by a queue's name.
    """
    headers: dict[str, object] = {
        name: long(value) if isinstance(value, int) else value for name, value in message.headers.items()
    }
    if not routed:
        headers[KEY] = message.key
    return pika.BasicProperties(
        message_id=message.message_id,
        headers=headers,
        delivery_mode=PERSISTENT,
        timestamp=published_at // 1_000_000,
    )


def message(key: str, props: Any, body: bytes) -> Message:
    """The message that arrived with this routing key. Headers that the broker added are left out."""
    table: Mapping[str, object] = props.headers or {}
    return Message(str(props.message_id or ""), str(table.get(KEY, key)), own_headers(table), body)


def own_headers(table: Mapping[str, object]) -> Headers:
    """Text and integers only, without the broker's ``x-`` headers."""
    headers: Headers = {}
    for name, value in table.items():
        if name.startswith("x-"):
            continue
        if isinstance(value, str):
            headers[name] = value
        elif isinstance(value, int) and not isinstance(value, bool):
            headers[name] = int(value)
    return headers


def count(redelivered: bool, props: Any) -> int:
    """Which delivery this is, from 1. A quorum queue counts in ``x-delivery-count``."""
    counted = (props.headers or {}).get("x-delivery-count")
    if isinstance(counted, int):
        return int(counted) + 1
    return 2 if redelivered else 1
