"""A live feed: a queue of one's own that forgets the oldest and goes away with its reader."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any

from marbleline.adapters.brokers.rabbitmq import message_codec
from marbleline.adapters.brokers.rabbitmq.amqp import AmqpChannel
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.io_thread import IoThread
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.errors import ChannelLost
from marbleline.ports.message import Message


class RabbitMQSubscription:
    """The port's Subscription. After a reconnect it goes on with what is published from then on."""

    def __init__(
        self,
        io: IoThread,
        link: RecoveringConnection,
        layout: RabbitMQTopology,
        patterns: Sequence[str],
        max_length: int,
    ) -> None:
        self._io = io
        self._link = link
        self._layout = layout
        self._patterns = tuple(patterns)
        self._bound = max_length
        self._changed = threading.Condition()
        self._messages: deque[Message] = deque(maxlen=max_length)
        self._channel: AmqpChannel | None = None
        self._closed = False
        self._queue = ""

    async def open(self) -> None:
        """Make the queue and have the broker push. Raises BrokerUnavailable."""
        channel = await (await self._link.connection()).channel()
        channel.watch(partial(self._on_lost, channel))
        channel.raw.add_on_cancel_callback(lambda _frame: channel.close())
        # Classic and exclusive: quorum queues are for what must not be lost, and this may.
        made = await channel.call(
            channel.raw.queue_declare,
            "",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": self._bound, "x-overflow": "drop-head"},
        )
        queue = self._queue = str(made.method.queue)
        await channel.call(
            channel.raw.basic_consume, queue, self._on_message, auto_ack=True, consumer_tag=f"feed-{queue}"
        )
        await self._bind(channel)
        with self._changed:
            self._channel = channel

    @property
    def closed(self) -> bool:
        """Whether its reader has closed it."""
        return self._closed

    async def rebind(self) -> None:
        """Bind again, in case the exchange or a binding is gone; a lost channel is left to ``receive``."""
        channel = self._channel
        if channel is not None and not self._closed:
            with contextlib.suppress(ChannelLost):
                await self._bind(channel)

    async def _bind(self, channel: AmqpChannel) -> None:
        for pattern in self._patterns:
            await channel.call(channel.raw.queue_bind, self._queue, self._layout.exchange, pattern)

    def receive(self, limit: int, wait_s: float) -> list[Message]:
        """See the port."""
        with self._changed:
            lost = self._channel is None and not self._messages
        if lost and not self._closed:
            self._io.run(self.open())
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._channel is None, wait_s)
            return [self._messages.popleft() for _ in range(min(limit, len(self._messages)))]

    def close(self) -> None:
        """See the port."""
        self._closed = True
        channel = self._channel
        if channel is not None:
            self._io.soon(channel.close)

    def _on_message(self, _raw: Any, method: Any, props: Any, body: bytes) -> None:
        with self._changed:
            self._messages.append(message_codec.message(method.routing_key, props, body))
        asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _on_lost(self, channel: AmqpChannel, _cause: ChannelLost) -> None:
        with self._changed:
            if self._channel is channel:
                self._channel = None
            self._changed.notify_all()
