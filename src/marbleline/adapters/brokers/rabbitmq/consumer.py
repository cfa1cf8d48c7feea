"""Taking from one queue: what the broker pushed, what the worker holds, and until when."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

from pika.exceptions import AMQPError

from marbleline.adapters.brokers.rabbitmq import message_codec
from marbleline.adapters.brokers.rabbitmq.amqp import AmqpChannel
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.unsettled import Unsettled
from marbleline.errors import ChannelLost
from marbleline.ports.message import Delivery

log = logging.getLogger("marbleline.rabbitmq")

MOST_PREFETCH: Final = 2_000
# A queue that is declared anew has elected its leader by then.
RENEW_S: Final = 1.0
# Without any doubt: so long at most does the broker keep a message from a consumer that it has forgotten.
IDLE_RENEW_S: Final = 30.0

# One count for all consumers of a process: a tag of an old channel is never a tag of a new one.
_tags = count(1)


@dataclass(slots=True)
class _Held:
    """A delivery that the broker counts as ours: handed to the worker or still waiting for it."""

    channel: AmqpChannel
    unsettled: Unsettled
    delivery_tag: int
    delivery: Delivery
    until: float


class Consumer:
    """``open``, ``doubt``, ``check`` and ``return_expired`` run on the I/O thread, all else on the worker's.

    ``queue`` is the port's name of it, ``name`` the broker's. The broker pushes up to as many messages
    as the worker holds and asks for, and ``ahead`` more.
    """

    def __init__(
        self, link: RecoveringConnection, queue: str, name: str, *, ahead: int, lease_s: float
    ) -> None:
        self._link = link
        self._queue = queue
        self._name = name
        self._ahead = ahead
        self._lease_s = lease_s
        self._changed = threading.Condition()
        self._waiting: deque[_Held] = deque()
        self._held: dict[int, _Held] = {}
        self._channel: AmqpChannel | None = None
        self._unsettled = Unsettled()
        self._prefetch = 0
        self._consumer_tag = ""
        self._received = 0
        # How many deliveries had come, and when, at the check that first had a doubt that the broker pushes.
        self._received_then: tuple[int, float] | None = None
        # The same at the first check since which nothing was held.
        self._idle_since: tuple[int, float] | None = None
        self._doubtful = False
        self._renews = False

    def ready_for(self, limit: int) -> bool:
        """Whether the broker may push ``limit`` more messages without being asked again."""
        with self._changed:
            deliveries = len(self._held) - len(self._waiting)
            return self._channel is not None and deliveries + limit <= self._prefetch

    async def open(self, limit: int) -> None:
        """Have the broker push ``limit`` messages on top of what is held. Raises BrokerUnavailable."""
        connection = await self._link.connection()
        channel = self._channel
        if channel is None or channel.connection is not connection:
            channel = await connection.channel()
            channel.watch(partial(self._on_lost, channel))
            channel.raw.add_on_cancel_callback(lambda _frame: channel.close())
            self._unsettled = Unsettled()
            self._consumer_tag = ""
            self._doubtful, self._renews = not self._renews, False
            self._received_then = self._idle_since = None
        with self._changed:
            deliveries = len(self._held) - len(self._waiting)
        prefetch = min(MOST_PREFETCH, max(self._prefetch, deliveries + limit + self._ahead))
        await channel.call(channel.raw.basic_qos, prefetch_count=prefetch)
        before = self._consumer_tag
        mine = self._consumer_tag = f"{self._queue}-{next(_tags)}"
        # A consumer's prefetch is fixed, so a second one takes over; what the first got stays ours.
        await channel.call(
            channel.raw.basic_consume,
            self._name,
            partial(self._on_message, channel, self._unsettled),
            consumer_tag=mine,
        )
        if before:
            await channel.call(channel.raw.basic_cancel, before)
        with self._changed:
            self._channel = channel
            # A lease that ran out meanwhile has ended the consumer: the next call makes another.
            self._prefetch = prefetch if self._consumer_tag == mine else 0

    def receive(self, limit: int, wait_s: float) -> list[Delivery] | None:
        """Up to ``limit`` deliveries once there is one; None if the connection was lost meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._channel is None, wait_s)
            if not self._waiting and self._channel is None:
                return None
            deliveries = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            until = time.monotonic() + self._lease_s
            for held in deliveries:
                held.until = until
            return [held.delivery for held in deliveries]

    def ack(self, deliveries: Sequence[Delivery]) -> Callable[[], None]:
        """Forget them; returns what the I/O thread has to do to acknowledge them."""
        gone = self._let_go(deliveries)
        return lambda: _ack(gone)

    def requeue(self, deliveries: Sequence[Delivery]) -> Callable[[], None]:
        """Forget them; returns what the I/O thread has to do to return them to the queue."""
        gone = self._let_go(deliveries)
        with self._changed:
            self._prefetch = 0
        return lambda: self._return(gone)

    def renew_lease(self, deliveries: Sequence[Delivery]) -> None:
        """Renew the lease of those that are still ours."""
        with self._changed:
            until = time.monotonic() + self._lease_s
            for delivery in deliveries:
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

    def doubt(self) -> None:
        """Have the next two checks find out whether the broker still pushes: a queue was declared again."""
        self._doubtful, self._received_then = True, None

    def check(self, ready: int) -> None:
        """Consume anew if nothing comes although ``ready`` messages wait; to be called regularly.

        A queue that is deleted and declared again has the same name and none of its consumers. RabbitMQ
        cancels those that it knows of. One that registers meanwhile, or whose queue was back too soon, it may
        take for a consumer that has got the new queue's first messages already: it counts them as unacked and
        pushes nothing. So in doubt a consumer to which nothing comes is opened once more, whatever is ready,
        and without a doubt after ``IDLE_RENEW_S``.
        """
        with self._changed:
            channel = self._channel
            idle = bool(self._consumer_tag) and not self._held
        at = (self._received, time.monotonic())
        if channel is None or not idle:
            self._received_then = self._idle_since = None
            return
        if self._idle_since is None or self._idle_since[0] != self._received:
            self._idle_since = at
        if not (ready or self._doubtful):
            self._received_then = None
        elif self._received_then is None:
            self._received_then = at
        elif self._received_then[0] != self._received:
            self._received_then, self._doubtful = None, False
        doubted = self._received_then is not None and at[1] - self._received_then[1] >= RENEW_S
        if doubted or at[1] - self._idle_since[1] >= IDLE_RENEW_S:
            level = logging.INFO if doubted else logging.DEBUG
            log.log(level, "rabbitmq.consumer_renewed", extra={"queue": self._queue, "ready": ready})
            self._received_then, self._idle_since, self._renews = None, None, True
            channel.close()

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
        for held in gone:
            held.unsettled.remove(held.delivery_tag)
            if held.channel.lost is None:
                with contextlib.suppress(AMQPError):  # the channel is going: it returns them by itself
                    held.channel.raw.basic_reject(held.delivery_tag, requeue=True)

    def _let_go(self, deliveries: Sequence[Delivery]) -> list[_Held]:
        with self._changed:
            found = [self._held.pop(int(delivery.tag), None) for delivery in deliveries]
        return [held for held in found if held is not None]

    def _on_message(
        self, channel: AmqpChannel, unsettled: Unsettled, _raw: Any, method: Any, props: Any, body: bytes
    ) -> None:
        tag = next(_tags)
        self._received += 1
        message = message_codec.message(method.routing_key, props, body)
        delivery = Delivery(self._queue, tag, message_codec.count(method.redelivered, props), message)
        unsettled.add(method.delivery_tag)
        held = _Held(channel, unsettled, method.delivery_tag, delivery, time.monotonic() + self._lease_s)
        with self._changed:
            self._held[tag] = held
            self._waiting.append(held)
        # Told after the whole burst has been read, so that a batch is what has arrived and not one.
        asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _on_lost(self, channel: AmqpChannel, _cause: ChannelLost) -> None:
        with self._changed:
            self._waiting = deque(held for held in self._waiting if held.channel is not channel)
            self._held = {tag: held for tag, held in self._held.items() if held.channel is not channel}
            if self._channel is channel:
                self._channel, self._prefetch = None, 0
            self._changed.notify_all()


def _ack(gone: Sequence[_Held]) -> None:
    by_channel: dict[AmqpChannel, list[_Held]] = {}
    for held in gone:
        by_channel.setdefault(held.channel, []).append(held)
    for channel, some in by_channel.items():
        acks = some[0].unsettled.acks(held.delivery_tag for held in some)
        if channel.lost is None:
            with contextlib.suppress(AMQPError):  # the channel is going: the broker returns them by itself
                for tag, multiple in acks:
                    channel.raw.basic_ack(tag, multiple)
