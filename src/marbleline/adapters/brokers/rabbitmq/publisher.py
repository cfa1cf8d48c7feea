"""Publishing with confirms, a window at a time: one wait for many messages instead of one for each."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Final

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection
from marbleline.adapters.brokers.rabbitmq.confirms import ConfirmChannel, ConfirmWindow, OutgoingMessage
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.topology import PRECONDITION_FAILED, RabbitMQTopology, queue_states
from marbleline.errors import BrokerFull, BrokerUnavailable, ChannelLost, MessageTooLarge
from marbleline.ports.topology import Queue

WINDOW_MESSAGES: Final = 64
WINDOW_BYTES: Final = 8_000_000
# A quorum queue that was full takes messages again when it is down to this share of its bound.
ROOM_AGAIN: Final = 0.8
# AMQP has no field for the most that a broker takes. RabbitMQ says it when it closes the channel.
_TOO_LARGE: Final = re.compile(r"message size \d+ (?:is )?larger than (?:configured )?max size (\d+)")


class Publisher:
    """Used on the I/O thread only.

    ``confirm_s`` is how long a window's confirms may take before the connection counts as dead,
    ``blocked_s`` how long an alarm of the broker may hold publishers back before they are told so.
    """

    def __init__(
        self, link: RecoveringConnection, layout: RabbitMQTopology, *, confirm_s: float, blocked_s: float
    ) -> None:
        self._link = link
        self._layout = layout
        self._confirm_s = confirm_s
        self._blocked_s = blocked_s
        self._confirms: ConfirmChannel | None = None
        self._full: dict[str, Queue] = {}

    async def publish(self, posts: Sequence[OutgoingMessage]) -> None:
        """Publish all and wait until all are confirmed.

        Raises BrokerFull, BrokerUnavailable, MessageTooLarge; in each case some may have been taken.
        """
        await self._check_room(posts)
        for window in _windows(posts):
            await self._publish_window(window)

    async def _check_room(self, posts: Sequence[OutgoingMessage]) -> None:
        # A copy for another queue may be taken while a full one refuses, and each retry would add one
        # more. So once a queue has refused, it is asked for room before anything goes out again.
        asked = {queue.name: queue for post in posts for queue in post.queues if queue.name in self._full}
        if not asked:
            return
        confirms = await self._confirming()
        states = await queue_states(confirms.channel, self._layout, tuple(asked.values()))
        for name, queue in asked.items():
            if states[name].message_count > int(ROOM_AGAIN * queue.max_length):
                raise _full(queue)
            del self._full[name]

    async def _publish_window(self, posts: Sequence[OutgoingMessage]) -> None:
        confirms = await self._confirming()
        connection = confirms.channel.connection
        await self._unblocked(connection)
        window = confirms.send(posts)
        await self._answered(connection, window)
        if window.unroutable:
            connection.abandon("a message led to no queue: the topology is declared anew")
            raise BrokerUnavailable(
                f"no queue takes {', '.join(sorted(window.unroutable))}: a queue or binding was removed; "
                "it is declared anew with the next connection"
            )
        if window.refused:
            raise await self._refusal(confirms, window.refused)

    async def _answered(self, connection: AmqpConnection, window: ConfirmWindow) -> None:
        give_up_at = connection.loop.time() + self._confirm_s
        while not window.done.done():
            await asyncio.wait((window.done,), timeout=min(0.25, self._blocked_s))
            if connection.blocked is not None and not window.done.done():
                await self._unblocked(connection)
                give_up_at = connection.loop.time() + self._confirm_s
            elif connection.loop.time() > give_up_at and not window.done.done():
                why = f"RabbitMQ did not confirm within {self._confirm_s:g} s"
                connection.abandon(why)
                raise BrokerUnavailable(why)
        try:
            window.done.result()
        except ChannelLost as error:
            said = _TOO_LARGE.search(error.text) if error.code == PRECONDITION_FAILED else None
            if said is not None:
                raise MessageTooLarge(int(said[1])) from error
            raise BrokerUnavailable(
                f"connection to RabbitMQ was lost before it confirmed: {error}"
            ) from error

    async def _unblocked(self, connection: AmqpConnection) -> None:
        if connection.blocked is None:
            return
        try:
            await asyncio.wait_for(connection.unblocked.wait(), self._blocked_s)
        except TimeoutError:
            raise BrokerFull(
                f"RabbitMQ holds publishers back ({connection.blocked}): free disk or memory on its nodes"
            ) from None

    async def _confirming(self) -> ConfirmChannel:
        connection = await self._link.connection()
        channel = self._confirms.channel if self._confirms is not None else None
        if self._confirms is None or channel is None or channel.lost or channel.connection is not connection:
            self._confirms = await ConfirmChannel.open(connection)
        return self._confirms

    async def _refusal(self, confirms: ConfirmChannel, refused: Sequence[OutgoingMessage]) -> BrokerFull:
        reached = {queue.name: queue for post in refused for queue in post.queues}
        self._full.update(reached)
        states = await queue_states(confirms.channel, self._layout, tuple(reached.values()))
        for name, queue in reached.items():
            if states[name].message_count > int(ROOM_AGAIN * queue.max_length):
                return _full(queue)
        return BrokerFull("RabbitMQ refused a message: a queue was full, or its leader is changing")


def _windows(posts: Sequence[OutgoingMessage]) -> Iterator[Sequence[OutgoingMessage]]:
    start = size = 0
    for index, post in enumerate(posts):
        size += len(post.body)
        if index > start and (index - start == WINDOW_MESSAGES or size > WINDOW_BYTES):
            yield posts[start:index]
            start, size = index, len(post.body)
    if start < len(posts):
        yield posts[start:]


def _full(queue: Queue) -> BrokerFull:
    return BrokerFull(f"queue {queue.name} is full ({queue.max_length} messages): its consumers are behind")
