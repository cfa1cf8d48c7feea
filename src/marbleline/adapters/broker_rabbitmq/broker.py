"""The broker port on RabbitMQ."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from marbleline.adapters.broker_rabbitmq import wire
from marbleline.adapters.broker_rabbitmq.address import parameters, parse
from marbleline.adapters.broker_rabbitmq.amqp import Connection
from marbleline.adapters.broker_rabbitmq.confirms import Post
from marbleline.adapters.broker_rabbitmq.consumer import Consumer
from marbleline.adapters.broker_rabbitmq.feed import Feed
from marbleline.adapters.broker_rabbitmq.io_thread import IoThread
from marbleline.adapters.broker_rabbitmq.layout import Layout, declare, queue_states
from marbleline.adapters.broker_rabbitmq.letters import frame_of
from marbleline.adapters.broker_rabbitmq.link import Link, Node
from marbleline.adapters.broker_rabbitmq.post_office import PostOffice
from marbleline.adapters.broker_rabbitmq.publisher import Publisher
from marbleline.adapters.broker_rabbitmq.roll_call import RollCall
from marbleline.domain.clock import Clock, now
from marbleline.errors import BrokerFull, BrokerUnavailable
from marbleline.ports.broker import DeadLetter, Delivery, Depth, Holdings, Message, Subscription
from marbleline.ports.topology import QUEUES, VERDICT_RECORDS, Queue

CLOSE_S: Final = 5.0


class RabbitBroker:
    """One worker's two connections to RabbitMQ: one publishes, one takes.

    Two, because an alarm (disk, memory) stops a connection that publishes altogether, and what was
    taken must be settled meanwhile. Nothing connects before the first call; what breaks is connected
    again by itself, to the next node of the list.

        broker = RabbitBroker("amqps://line:secret@one,two,three/marbleline", worker="encoder-0",
                              ca_file=Path("ca.crt"))

    ``url``        as in the setting ``broker``
    ``worker``     names the connections for RabbitMQ's operators
    ``ca_file``    whom to believe over TLS; the system's authorities without it
    ``ahead``      messages that the broker pushes beyond those asked for, to have them at hand
    ``lease_s``    a delivery neither settled nor extended for so long goes back to its queue
    ``heartbeat_s``  a peer that is silent for about twice this long counts as gone
    ``confirm_s``  how long a confirm may take before the connection counts as dead
    ``blocked_s``  how long an alarm of the broker may hold a call of publish before BrokerFull

    Raises SettingError for an address or CA file that can't be used.
    """

    def __init__(
        self,
        url: str,
        *,
        worker: str,
        ca_file: Path | None = None,
        namespace: str = "marbleline",
        queues: tuple[Queue, ...] = QUEUES,
        ahead: int = 8,
        lease_s: float = 120.0,
        heartbeat_s: int = 10,
        confirm_s: float = 15.0,
        blocked_s: float = 2.0,
        clock: Clock = now,
    ) -> None:
        address = parse(url)
        self._layout = Layout(namespace, queues)
        self._ahead, self._lease_s = ahead, lease_s
        self._clock = clock
        self._io = IoThread(f"rabbitmq {worker}")

        def link(role: str) -> Link:
            def of(node: Node) -> Any:
                name = f"{worker} ({role})"
                return parameters(address, node, name=name, heartbeat_s=heartbeat_s, ca_file=ca_file)

            if address.tls:
                of(address.nodes[0])
            return Link(role, address.nodes, of, self._prepare)

        self._out, self._in = link("publishes"), link("takes")
        self._publisher = Publisher(self._out, self._layout, confirm_s=confirm_s, blocked_s=blocked_s)
        self._post_office = PostOffice(self._in, self._publisher, self._layout, clock)
        self._roll_call = RollCall(self._in, self._out, self._layout, self._holding)
        self._consumers: dict[str, Consumer] = {}
        self._leases: asyncio.Task[None] | None = None

    async def _prepare(self, connection: Connection) -> None:
        await declare(connection, self._layout)

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port."""
        if messages:
            self._io.run(self._publisher.publish([self._post(message) for message in messages]))

    def take(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        """See the port."""
        consumer = self._consumers.get(queue)
        if consumer is None:
            name = self._layout.name(queue)
            consumer = Consumer(self._in, queue, name, ahead=self._ahead, lease_s=self._lease_s)
            self._consumers[queue] = consumer
        give_up_at = time.monotonic() + wait_s
        while True:
            if not consumer.ready_for(limit):
                self._io.run(self._open(consumer, limit))
            taken = consumer.take(limit, max(0.0, give_up_at - time.monotonic()))
            # None: the connection was lost while it waited. The next round says so or has a new one.
            if taken is not None:
                return taken

    async def _open(self, consumer: Consumer, limit: int) -> None:
        await consumer.open(limit)
        await self._roll_call.listen()
        if self._leases is None:
            self._leases = asyncio.get_running_loop().create_task(self._watch_leases())

    def hand_on(self, taken: Sequence[Delivery], made: Sequence[Message]) -> None:
        """See the port."""
        self.publish(made)
        self._settle(taken)

    def give_back(self, taken: Sequence[Delivery]) -> None:
        """See the port."""
        for delivery in taken:
            self._io.soon(self._consumers[delivery.queue].give_back([delivery]))

    def extend(self, taken: Sequence[Delivery]) -> None:
        """See the port. What was lost with its connection is not renewed: it is delivered again."""
        for delivery in taken:
            self._consumers[delivery.queue].extend([delivery])

    def dead_letter(self, taken: Delivery, reason: str, detail: str) -> None:
        """See the port."""
        if self._consumers[taken.queue].holds(taken):
            self.bury(taken.queue, taken.message, reason, detail)
            self._settle([taken])

    def bury(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """See the port."""
        try:
            self._io.run(self._post_office.put(queue, message, reason, detail))
        except BrokerFull as error:
            raise BrokerUnavailable(str(error)) from error

    def dead_letters(self, limit: int, after: str | None = None, bodies: bool = True) -> list[DeadLetter]:
        """See the port. A body that the broker no longer keeps is empty."""
        return self._io.run(self._post_office.list(limit, after, bodies))

    def replay(self, letter_ids: Sequence[str]) -> int:
        """See the port. A letter whose body the broker no longer keeps stays put away, uncounted."""
        return self._io.run(self._post_office.replay(letter_ids))

    def drop(self, letter_ids: Sequence[str]) -> int:
        """See the port."""
        return self._io.run(self._post_office.drop(letter_ids))

    def subscribe(self, patterns: Sequence[str], bound: int) -> Subscription:
        """See the port."""
        feed = Feed(self._io, self._in, self._layout, patterns, bound)
        self._io.run(feed.open())
        return feed

    def depths(self) -> dict[str, Depth]:
        """See the port. Taken ones are counted by asking the consumers; when, RabbitMQ doesn't tell."""
        return self._io.run(self._depths())

    def holdings(self) -> Holdings:
        """See the port. RabbitMQ can't be looked into without taking: frames in queues are ``unknown``."""
        return self._io.run(self._holdings())

    def check(self) -> None:
        """See the port."""
        self._io.run(self._check())

    def close(self) -> None:
        """See the port. What is not settled goes back to its queues with the connection."""
        with contextlib.suppress(BrokerUnavailable):
            self._io.run(self._disconnect())
        self._io.close()

    def _post(self, message: Message) -> Post:
        props = wire.properties(message, published_at=self._clock())
        queues = self._layout.reached(message.key)
        return Post(self._layout.exchange, message.key, props, message.body, queues)

    def _settle(self, taken: Sequence[Delivery]) -> None:
        by_queue: dict[str, list[Delivery]] = {}
        for delivery in taken:
            by_queue.setdefault(delivery.queue, []).append(delivery)
        for queue, some in by_queue.items():
            self._io.soon(self._consumers[queue].settle(some))

    def _holding(self) -> Mapping[str, int]:
        return {queue: len(consumer.holding()) for queue, consumer in tuple(self._consumers.items())}

    async def _watch_leases(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._lease_s / 4))
            for consumer in tuple(self._consumers.values()):
                consumer.return_expired()

    async def _depths(self) -> dict[str, Depth]:
        """Queue after queue, upstream first, and of each first what waits, then what is taken.

        A message that moves on meanwhile is then counted twice at worst, and never missed: it is in a later
        place when that is looked at.
        """
        channel = await (await self._in.connection()).channel()
        found: dict[str, Depth] = {}
        try:
            for queue in self._layout.queues:
                state = (await queue_states(channel, self._layout, [queue]))[queue.name]
                consumers = {queue.name: state.consumer_count} if state.consumer_count else {}
                taken = await self._roll_call.ask(consumers) if consumers else {}
                found[queue.name] = Depth(state.message_count, taken.get(queue.name, 0), oldest_at=None)
        finally:
            channel.close()
        return found

    async def _holdings(self) -> Holdings:
        depths = await self._depths()
        register = await self._post_office.register()
        dead: dict[str, dict[str, int]] = {}
        for letter in register.live.values():
            place = frame_of(letter)
            if place is not None:
                camera, frame_id, sequence = place
                dead.setdefault(camera, {})[frame_id] = sequence
        counted = [one.name for one in self._layout.queues if one.holds_frames or one == VERDICT_RECORDS]
        return Holdings(
            pending={},
            unrecorded={},
            dead_lettered=dead,
            dropped={camera: dict(frames) for camera, frames in register.dropped.items()},
            unknown=sum(depths[name].total for name in counted),
        )

    async def _check(self) -> None:
        await self._out.connection()
        await self._in.connection()

    async def _disconnect(self) -> None:
        if self._leases is not None:
            self._leases.cancel()
        await self._in.close(CLOSE_S)
        await self._out.close(CLOSE_S)
