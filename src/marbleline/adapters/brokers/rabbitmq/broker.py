"""The broker port on RabbitMQ."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from marbleline.adapters.brokers.rabbitmq import message_codec
from marbleline.adapters.brokers.rabbitmq.address import parameters, parse
from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection
from marbleline.adapters.brokers.rabbitmq.confirms import OutgoingMessage
from marbleline.adapters.brokers.rabbitmq.connection_recovery import Node, RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.consumer import MOST_PREFETCH, Consumer
from marbleline.adapters.brokers.rabbitmq.dead_letter_store import DeadLetterStore
from marbleline.adapters.brokers.rabbitmq.inventory import RabbitMQInventory
from marbleline.adapters.brokers.rabbitmq.io_thread import IoThread
from marbleline.adapters.brokers.rabbitmq.product_switches import RabbitMQProductSwitches
from marbleline.adapters.brokers.rabbitmq.publisher import Publisher
from marbleline.adapters.brokers.rabbitmq.subscription import RabbitMQSubscription
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.adapters.brokers.rabbitmq.topology_watch import TopologyWatch
from marbleline.adapters.brokers.rabbitmq.unacked_count import UnackedCounter
from marbleline.domain.clock import Clock, now
from marbleline.domain.product_switch import ProductSwitch
from marbleline.errors import BrokerFull, BrokerUnavailable
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.inventory import Depth, Inventory
from marbleline.ports.message import Delivery, Message
from marbleline.ports.subscription import Subscription
from marbleline.ports.topology import QUEUES, Queue

if TYPE_CHECKING:
    from marbleline.ports.broker import Broker

CLOSE_S: Final = 5.0


class RabbitMQBroker:
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
        self._layout = RabbitMQTopology(namespace, queues)
        self._ahead, self._lease_s = ahead, lease_s
        self._clock = clock
        self._io = IoThread(f"rabbitmq {worker}")

        def link(role: str) -> RecoveringConnection:
            def of(node: Node) -> Any:
                name = f"{worker} ({role})"
                return parameters(address, node, name=name, heartbeat_s=heartbeat_s, ca_file=ca_file)

            if address.tls:
                of(address.nodes[0])
            return RecoveringConnection(role, address.nodes, of, self._prepare)

        self._out, self._in = link("publishes"), link("takes")
        self._publisher = Publisher(self._out, self._layout, confirm_s=confirm_s, blocked_s=blocked_s)
        self._dead_letters = DeadLetterStore(self._in, self._publisher, self._layout, clock)
        self._unacked = UnackedCounter(self._in, self._out, self._layout, self._holding, self._doubt)
        self._inventory = RabbitMQInventory(self._in, self._layout, self._unacked, self._dead_letters)
        self._switches = RabbitMQProductSwitches(self._in, self._publisher, self._layout.product_switches)
        self._consumers: dict[str, Consumer] = {}
        self._feeds: list[RabbitMQSubscription] = []
        self._watch = TopologyWatch(
            url,
            (self._in, self._out),
            self._layout,
            self._check_consumers,
            self._rebind,
            self._unacked.announce,
        )
        self._leases: asyncio.Task[None] | None = None

    async def _prepare(self, connection: AmqpConnection) -> None:
        await self._watch.declare(connection)
        # Of a process's connections one declares again.
        connection.close_kept_channel()
        self._watch.begin()

    def _doubt(self) -> None:
        for consumer in self._consumers.values():
            consumer.doubt()

    def _check_consumers(self, ready: Mapping[str, int]) -> None:
        for queue, consumer in self._consumers.items():
            consumer.check(ready[queue])

    async def _rebind(self) -> None:
        self._feeds = [feed for feed in self._feeds if not feed.closed]
        for feed in self._feeds:
            await feed.rebind()
        await self._unacked.relisten()

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port."""
        if messages:
            self._io.run(self._publish([self._post(message) for message in messages]))

    def receive(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        """See the port."""
        consumer = self._consumers.get(queue)
        if consumer is None:
            name = self._layout.name(queue)
            # A single active consumer that opens again to take more would step behind the others.
            ahead = MOST_PREFETCH if self._layout.single_active(queue) else self._ahead
            consumer = Consumer(self._in, queue, name, ahead=ahead, lease_s=self._lease_s)
            self._consumers[queue] = consumer
        give_up_at = time.monotonic() + wait_s
        while True:
            if not consumer.ready_for(limit):
                self._io.run(self._open(consumer, limit))
            deliveries = consumer.receive(limit, max(0.0, give_up_at - time.monotonic()))
            # None: the connection was lost while it waited. The next round says so or has a new one.
            if deliveries is not None:
                return deliveries

    async def _publish(self, posts: Sequence[OutgoingMessage]) -> None:
        try:
            await self._publisher.publish(posts)
        except BrokerUnavailable as error:
            self._watch.suspect(error)
            raise

    async def _open(self, consumer: Consumer, limit: int) -> None:
        try:
            await consumer.open(limit)
            self._watch.begin(regularly=True)
            await self._unacked.listen()
        except BrokerUnavailable as error:
            self._watch.suspect(error)
            raise
        if self._leases is None:
            self._leases = asyncio.get_running_loop().create_task(self._watch_leases())

    def publish_and_ack(self, deliveries: Sequence[Delivery], made: Sequence[Message]) -> None:
        """See the port."""
        self.publish(made)
        self._ack(deliveries)

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """See the port."""
        for delivery in deliveries:
            self._io.soon(self._consumers[delivery.queue].requeue([delivery]))

    def renew_lease(self, deliveries: Sequence[Delivery]) -> None:
        """See the port. What was lost with its connection is not renewed: it is delivered again."""
        for delivery in deliveries:
            self._consumers[delivery.queue].renew_lease([delivery])

    def holds(self, delivery: Delivery) -> bool:
        """See the port."""
        return self._consumers[delivery.queue].holds(delivery)

    def dead_letter(self, delivery: Delivery, reason: str, detail: str) -> None:
        """See the port."""
        if self._consumers[delivery.queue].holds(delivery):
            self.publish_dead_letter(delivery.queue, delivery.message, reason, detail)
            self._ack([delivery])

    def publish_dead_letter(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """See the port."""
        try:
            self._io.run(self._dead_letters.put(queue, message, reason, detail))
        except BrokerFull as error:
            raise BrokerUnavailable(str(error)) from error

    def dead_letters(self, limit: int, after: str | None = None, bodies: bool = True) -> list[DeadLetter]:
        """See the port. A body that the broker no longer keeps is empty."""
        return self._io.run(self._dead_letters.list(limit, after, bodies))

    def replay(self, dead_letter_ids: Sequence[str]) -> int:
        """See the port. A dead letter whose body the broker no longer has is kept, and not counted."""
        return self._io.run(self._dead_letters.replay(dead_letter_ids))

    def discard(self, dead_letter_ids: Sequence[str]) -> int:
        """See the port."""
        return self._io.run(self._dead_letters.discard(dead_letter_ids))

    def subscribe(self, patterns: Sequence[str], max_length: int) -> Subscription:
        """See the port."""
        feed = RabbitMQSubscription(self._io, self._in, self._layout, patterns, max_length)
        self._io.run(feed.open())
        self._feeds.append(feed)
        return feed

    def depths(self) -> dict[str, Depth]:
        """See the port. Taken ones are counted by asking the consumers; when, RabbitMQ doesn't tell."""
        return self._io.run(self._inventory.depths())

    def inventory(self) -> Inventory:
        """See the port. RabbitMQ can't be looked into without taking: frames in queues are ``unknown``."""
        return self._io.run(self._inventory.inventory())

    def switch_product(self, switch: ProductSwitch) -> None:
        """See the port."""
        try:
            self._io.run(self._switches.put(switch))
        except BrokerFull as error:
            raise BrokerUnavailable(str(error)) from error

    def product_switch(self, line: str) -> ProductSwitch | None:
        """See the port."""
        return self._io.run(self._switches.newest(line))

    def check(self) -> None:
        """See the port."""
        self._io.run(self._check())

    def close(self) -> None:
        """See the port. What is not settled goes back to its queues with the connection."""
        with contextlib.suppress(BrokerUnavailable):
            self._io.run(self._disconnect())
        self._io.close()

    def _post(self, message: Message) -> OutgoingMessage:
        props = message_codec.properties(message, published_at=self._clock())
        queues = self._layout.reached(message.key)
        return OutgoingMessage(self._layout.exchange, message.key, props, message.body, queues)

    def _ack(self, deliveries: Sequence[Delivery]) -> None:
        by_queue: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            by_queue.setdefault(delivery.queue, []).append(delivery)
        for queue, some in by_queue.items():
            self._io.soon(self._consumers[queue].ack(some))

    def _holding(self) -> Mapping[str, int]:
        return {queue: len(consumer.holding()) for queue, consumer in tuple(self._consumers.items())}

    async def _watch_leases(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._lease_s / 4))
            for consumer in tuple(self._consumers.values()):
                consumer.return_expired()

    async def _check(self) -> None:
        await self._out.connection()
        await self._in.connection()

    async def _disconnect(self) -> None:
        if self._leases is not None:
            self._leases.cancel()
        self._watch.close()
        await self._in.close(CLOSE_S)
        await self._out.close(CLOSE_S)


if TYPE_CHECKING:
    # It keeps every part of the port, or mypy fails here.
    _port: type[Broker] = RabbitMQBroker
