"""A channel in confirm mode: what went out in one window, and what the broker says of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pika.exceptions import AMQPError
from pika.spec import Basic

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpChannel, AmqpConnection, channel_lost
from marbleline.errors import ChannelLost
from marbleline.ports.topology import Queue


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message on its way: to ``queues``, for their bounds; an empty ``exchange`` names a queue."""

    exchange: str
    key: str
    properties: Any
    body: bytes = field(repr=False)
    queues: tuple[Queue, ...] = ()


class ConfirmWindow:
    """Messages that went out together. ``done`` when all are answered, or fails with the channel.

    ``refused``     those that the broker did not take
    ``unroutable``  routing keys that led to no queue
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.open: dict[int, OutgoingMessage] = {}
        self.refused: list[OutgoingMessage] = []
        self.unroutable: set[str] = set()
        self.done: asyncio.Future[None] = loop.create_future()


class ConfirmChannel:
    """Used on the I/O thread only. The tags of its answers mean nothing on any other channel."""

    def __init__(self, channel: AmqpChannel) -> None:
        self.channel = channel
        self._published = 0
        # More than one only if somebody gave up waiting: its answers may still come.
        self._windows: list[ConfirmWindow] = []

    @classmethod
    async def open(cls, connection: AmqpConnection) -> "ConfirmChannel":
        """A new channel in confirm mode. Raises ChannelLost."""
        made = cls(await connection.channel())
        made.channel.raw.add_on_return_callback(made._on_return)
        made.channel.watch(made._on_lost)
        await made.channel.call(made.channel.raw.confirm_delivery, made._on_answer)
        return made

    def send(self, posts: Sequence[OutgoingMessage]) -> ConfirmWindow:
        """Send all, without waiting for anything. Raises ChannelLost."""
        window = ConfirmWindow(self.channel.connection.loop)
        self._windows.append(window)
        try:
            for post in posts:
                self._published += 1
                window.open[self._published] = post
                # Mandatory: without a queue for it the broker would confirm it and throw it away.
                mandatory = bool(post.queues) or not post.exchange
                self.channel.raw.basic_publish(post.exchange, post.key, post.body, post.properties, mandatory)
        except AMQPError as error:
            raise channel_lost(error) from error
        return window

    def _on_answer(self, frame: Any) -> None:
        method = frame.method
        acked = isinstance(method, Basic.Ack)
        for window in tuple(self._windows):
            if method.multiple:
                tags = [tag for tag in window.open if tag <= method.delivery_tag]
            else:
                tags = [method.delivery_tag]
            for tag in tags:
                post = window.open.pop(tag, None)
                if post is not None and not acked:
                    window.refused.append(post)
            if not window.open:
                self._windows.remove(window)
                if not window.done.done():
                    window.done.set_result(None)

    def _on_return(self, _raw: Any, method: Any, _properties: Any, _body: bytes) -> None:
        for window in self._windows:
            if any(post.key == method.routing_key for post in window.open.values()):
                window.unroutable.add(method.routing_key)

    def _on_lost(self, cause: ChannelLost) -> None:
        for window in self._windows:
            if not window.done.done():
                window.done.set_exception(cause)
                window.done.exception()  # looked at, in case nobody waits for it any more
        self._windows.clear()
