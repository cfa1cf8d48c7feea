"""Reading a stream from a place on up to its end, without waiting for what is not there yet."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from pika.compat import long

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpChannel
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection

# A broker pushes at most so many before they are acknowledged: the memory that a reading costs.
WINDOW: Final = 100

Reader = Callable[[int, str, Any, bytes], bool]
"""Gets offset, routing key, properties and body; says whether it wants more."""


async def read(link: RecoveringConnection, stream: str, start: int | datetime, reader: Reader) -> None:
    """Give ``reader`` everything from ``start`` on (an offset or a time; 0 is the beginning).

    The end is where the stream ended when it was reached: the broker pushes what it has in the same
    breath as it answers, so an answer with nothing before it means that there is no more.
    Raises BrokerUnavailable.
    """
    channel = await (await link.connection()).channel()
    reading = _Reading(channel, reader)
    try:
        await channel.call(channel.raw.basic_qos, prefetch_count=WINDOW)
        offset = start if isinstance(start, datetime) else long(start)
        await channel.call(
            channel.raw.basic_consume,
            stream,
            reading.on_message,
            arguments={"x-stream-offset": offset},
        )
        while await reading.more(stream):
            pass
    finally:
        channel.close()


class _Reading:
    def __init__(self, channel: AmqpChannel, reader: Reader) -> None:
        self._channel = channel
        self._reader = reader
        self._wanted = True
        self._last_tag = 0
        self._acknowledged = 0

    def on_message(self, _raw: Any, method: Any, props: Any, body: bytes) -> None:
        self._last_tag = method.delivery_tag
        if self._wanted:
            offset = int((props.headers or {}).get("x-stream-offset", 0))
            self._wanted = self._reader(offset, method.routing_key, props, body)

    async def more(self, stream: str) -> bool:
        """One round: acknowledge what came, and see whether that brings more before the answer."""
        raw = self._channel.raw
        if self._last_tag > self._acknowledged:
            raw.basic_ack(self._last_tag, multiple=True)
            self._acknowledged = self._last_tag
        await self._channel.call(partial(raw.queue_declare, stream, passive=True))
        return self._wanted and self._last_tag > self._acknowledged
