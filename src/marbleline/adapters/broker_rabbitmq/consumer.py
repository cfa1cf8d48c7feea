"""Taking from one queue: what the broker pushed, what the worker holds, and until when."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

from pika.exceptions import AMQPError

from marbleline.adapters.broker_rabbitmq import wire
from marbleline.adapters.broker_rabbitmq.amqp import Channel, ChannelLost
from marbleline.adapters.broker_rabbitmq.link import Link
from marbleline.ports.broker import Delivery

MOST_PREFETCH: Final = 2_000

# One count for all consumers of a process: a tag of an old channel is never a tag of a new one.
_tags = count(1)


@dataclass(slots=True)
class _Held:
    """A delivery that the broker counts as ours: handed to the worker or still waiting for it."""

    channel: Channel
    delivery_tag: int
    delivery: Delivery
    until: float


class Consumer:
    """``open`` and ``return_expired`` run on the I/O thread, all else on the worker's.

    ``queue`` is the port's name of it, ``name`` the broker's. The broker pushes up to as many messages
    as the worker holds and asks for, and ``ahead`` more.
    """

    def __init__(self, link: Link, queue: str, name: str, *, ahead: int, lease_s: float) -> None:
        self._link = link
        self._queue = queue
        self._name = name
        self._ahead = ahead
        self._lease_s = lease_s
        self._changed = threading.Condition()
        self._waiting: deque[_Held] = deque()
        self._held: dict[int, _Held] = {}
        self._channel: Channel | None = None
        self._prefetch = 0
        self._consumer_tag = ""

    def ready_for(self, limit: int) -> bool:
        """Whether the broker may push ``limit`` more messages without being asked again."""
        with self._changed:
            taken = len(self._held) - len(self._waiting)
            return self._channel is not None and taken + limit <= self._prefetch

    async def open(self, limit: int) -> None:
        """Have the broker push ``limit`` messages on top of what is held. Raises BrokerUnavailable."""
        connection = await self._link.connection()
        channel = self._channel
        if channel is None or channel.connection is not connection:
            channel = await connection.channel()
            channel.watch(partial(self._on_lost, channel))
            channel.raw.add_on_cancel_callback(lambda _frame: channel.close())
            self._consumer_tag = ""
        with self._changed:
            taken = len(self._held) - len(self._waiting)
        prefetch = min(MOST_PREFETCH, max(self._prefetch, taken + limit + self._ahead))
        await channel.call(channel.raw.basic_qos, prefetch_count=prefetch)
        before = self._consumer_tag
        mine = self._consumer_tag = f"{self._queue}-{next(_tags)}"
        # A consumer's prefetch is fixed, so a second one takes over; what the first got stays ours.
        await channel.call(
            channel.raw.basic_consume,
            self._name,
            partial(self._on_message, channel),
            consumer_tag=mine,
        )
        if before:
            await channel.call(channel.raw.basic_cancel, before)
        with self._changed:
            self._channel = channel
            # A lease that ran out meanwhile has ended the consumer: the next call makes another.
            self._prefetch = prefetch if self._consumer_tag == mine else 0

    def take(self, limit: int, wait_s: float) -> list[Delivery] | None:
        """Up to ``limit`` deliveries once there is one; None if the connection was lost meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._channel is None, wait_s)
            if not self._waiting and self._channel is None:
                return None
            taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            until = time.monotonic() + self._lease_s
            for held in taken:
                held.until = until
            return [held.delivery for held in taken]

    def settle(self, taken: Sequence[Delivery]) -> Callable[[], None]:
        """Let go of them; returns what the I/O thread has to do to acknowledge them."""
        gone = self._let_go(taken)
        return lambda: _each(gone, lambda held: held.channel.raw.basic_ack(held.delivery_tag))

    def give_back(self, taken: Sequence[Delivery]) -> Callable[[], None]:
        """Let go of them; returns what the I/O thread has to do to return them to the queue."""
        gone = self._let_go(taken)
        with self._changed:
            self._prefetch = 0
        return lambda: self._return(gone)

    def extend(self, taken: Sequence[Delivery]) -> None:
        """Renew the lease of those that are still ours."""
        with self._changed:
            until = time.monotonic() + self._lease_s
            for delivery in taken:
                held = self._held.get(int(delivery.tag))
                if held is not None:
                    held.until = until

    def holds(self, delivery: Delivery) -> bool:
        """Whether a delivery is still ours."""
        with self._changed:
            return int(delivery.tag) in self._held

    def holding(self) -> list[Delivery]:
        """Everything that the broker counts as taken by us."""
        with self._changed:
            return [held.delivery for held in self._held.values()]

    def return_expired(self) -> None:
        """Return what was neither settled nor extended in time: its worker hangs, another may do it."""
        now = time.monotonic()
        with self._changed:
            expired = [tag for tag, held in self._held.items() if held.until < now]
            gone = [self._held.pop(tag) for tag in expired]
            self._waiting = deque(held for held in self._waiting if held.until >= now)
            if gone:
                self._prefetch = 0
        if gone:
            self._return(gone)

    def _return(self, gone: Sequence[_Held]) -> None:
        # Not to ourselves again: the broker stops pushing until the worker asks for more.
        if self._channel is not None and self._consumer_tag:
            with contextlib.suppress(AMQPError):
                self._channel.raw.basic_cancel(self._consumer_tag)
            self._consumer_tag = ""
        # Rejected and not nacked: the same up to RabbitMQ 4.2, but from 4.3 on only a reject is counted.
        _each(gone, lambda held: held.channel.raw.basic_reject(held.delivery_tag, requeue=True))

    def _let_go(self, taken: Sequence[Delivery]) -> list[_Held]:
        with self._changed:
            found = [self._held.pop(int(delivery.tag), None) for delivery in taken]
        return [held for held in found if held is not None]

    def _on_message(self, channel: Channel, _raw: Any, method: Any, props: Any, body: bytes) -> None:
        tag = next(_tags)
        message = wire.message(method.routing_key, props, body)
        delivery = Delivery(self._queue, tag, wire.count(method.redelivered, props), message)
        held = _Held(channel, method.delivery_tag, delivery, time.monotonic() + self._lease_s)
        with self._changed:
            self._held[tag] = held
            self._waiting.append(held)
        # Told after the whole burst has been read, so that a batch is what has arrived and not one.
        asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _on_lost(self, channel: Channel, _cause: ChannelLost) -> None:
        with self._changed:
            self._waiting = deque(held for held in self._waiting if held.channel is not channel)
            self._held = {tag: held for tag, held in self._held.items() if held.channel is not channel}
            if self._channel is channel:
                self._channel, self._prefetch = None, 0
            self._changed.notify_all()


def _each(gone: Sequence[_Held], settle: Callable[[_Held], object]) -> None:
    for held in gone:
        if held.channel.lost is None:
            try:
                settle(held)
            except AMQPError:
                # The channel is going: the broker returns them by itself.
                return
