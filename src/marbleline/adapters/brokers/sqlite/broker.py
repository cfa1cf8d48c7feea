"""The broker on one SQLite file: every promise of ``ports.broker.Broker`` as one transaction."""

import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.brokers.sqlite import content, dead_letters, feeds, product_switches, queueing
from marbleline.adapters.brokers.sqlite.inventory import inventory
from marbleline.adapters.brokers.sqlite.owners import Owner
from marbleline.adapters.brokers.sqlite.queueing import Lease
from marbleline.adapters.brokers.sqlite.schema import SCHEMA
from marbleline.adapters.brokers.sqlite.subscription import SqliteSubscription
from marbleline.adapters.sqlite import Database
from marbleline.domain.clock import Clock, now
from marbleline.domain.product_switch import ProductSwitch
from marbleline.domain.reasons import DELIVERY_LIMIT
from marbleline.errors import BrokerUnavailable
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.inventory import Depth, Inventory
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import MAX_DELIVERIES, QUEUES, Queue

if TYPE_CHECKING:
    from marbleline.ports.broker import Broker

_DEAD_OWNERS_EVERY_S: Final = 0.25


class SqliteBroker:
    """One worker's connection. Used by one thread at a time, by as many processes as you like.

    ``lease_s``: after so many seconds a message that was taken and neither settled nor extended goes to
    another consumer. What a process had taken that has died goes to another one at once.
    """

    def __init__(
        self, path: Path, *, clock: Clock = now, lease_s: float = 30.0, queues: tuple[Queue, ...] = QUEUES
    ) -> None:
        self._path = path
        self._clock = clock
        self._lease_us = round(lease_s * 1_000_000)
        self._queues = queues
        self._single_active = frozenset(queue.name for queue in queues if queue.single_active)
        self._database = Database(path, SCHEMA, BrokerUnavailable)
        self._owner = _owner(path)
        self._poll_at: dict[str, float] = {}

    def publish(self, messages: Sequence[Message]) -> None:
        """See ``ports.broker.MessagePublisher.publish``."""
        self.publish_and_ack((), messages)

    def receive(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        """See ``ports.broker.MessageConsumer.receive``."""
        for _ in self._database.changes(time.monotonic() + wait_s):
            # A look without the write lock first, so that consumers who wait hinder nobody.
            with self._database.read() as connection:
                dead = self._dead_owners(connection, queue)
                some = (
                    dead
                    or queueing.has_ready(connection, queue)
                    or queueing.has_expired(connection, queue, self._clock())
                )
            if some and (deliveries := self._claim(queue, limit, dead)):
                return deliveries
        return []

    def publish_and_ack(self, deliveries: Sequence[Delivery], made: Sequence[Message]) -> None:
        """See ``ports.broker.MessageConsumer.publish_and_ack``."""
        if deliveries or made:
            with self._database.write() as connection:
                queueing.ack(connection, deliveries)
                self._publish(connection, made)

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """See ``ports.broker.MessageConsumer.requeue``."""
        with self._database.write(durable=False) as connection:
            for delivery in deliveries:
                queueing.requeue(connection, delivery)

    def renew_lease(self, deliveries: Sequence[Delivery]) -> None:
        """See ``ports.broker.MessageConsumer.renew_lease``."""
        with self._database.write(durable=False) as connection:
            lease = self._lease()
            for delivery in deliveries:
                queueing.renew_lease(connection, delivery, lease)
            for queue in self._single_active & {delivery.queue for delivery in deliveries}:
                if queueing.active_consumer(connection, queue, lease.at) == lease.owner:
                    queueing.activate(connection, queue, lease)

    def holds(self, delivery: Delivery) -> bool:
        """See ``ports.broker.MessageConsumer.holds``."""
        with self._database.read() as connection:
            return queueing.holds(connection, delivery, self._owner.number(), self._clock())

    def dead_letter(self, delivery: Delivery, reason: str, detail: str) -> None:
        """See ``ports.broker.MessageConsumer.dead_letter``."""
        with self._database.write() as connection:
            if queueing.remove(connection, delivery.queue, delivery.tag, delivery.count):
                dead_letters.insert(
                    connection, delivery.queue, int(delivery.tag), reason, detail, self._clock()
                )

    def publish_dead_letter(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """See ``ports.broker.MessagePublisher.publish_dead_letter``."""
        at = self._clock()
        with self._database.write() as connection:
            number = content.next_number(connection)
            content.store(connection, number, message, at, refs=1)
            dead_letters.insert(connection, queue, number, reason, detail, at)

    def dead_letters(self, limit: int, after: str | None = None, bodies: bool = True) -> list[DeadLetter]:
        """See ``ports.dead_letters.DeadLetters.dead_letters``."""
        with self._database.read() as connection:
            return dead_letters.after(connection, after, limit, bodies)

    def replay(self, dead_letter_ids: Sequence[str]) -> int:
        """See ``ports.dead_letters.DeadLetters.replay``: all of them or, if a queue hasn't the room, none."""
        with self._database.write() as connection:
            return dead_letters.replay(connection, self._queues, dead_letter_ids, self._clock())

    def discard(self, dead_letter_ids: Sequence[str]) -> int:
        """See ``ports.dead_letters.DeadLetters.discard``."""
        with self._database.write() as connection:
            return dead_letters.discard(connection, dead_letter_ids)

    def subscribe(self, patterns: Sequence[str], max_length: int) -> SqliteSubscription:
        """See ``ports.subscription.Subscriptions.subscribe``."""
        database = Database(self._path, SCHEMA, BrokerUnavailable)
        return SqliteSubscription(database, _owner(self._path), self._clock, patterns, max_length)

    def depths(self) -> dict[str, Depth]:
        """See ``ports.inventory.QueueInventory.depths``."""
        with self._database.read() as connection:
            return {queue.name: queueing.depth(connection, queue.name) for queue in self._queues}

    def inventory(self) -> Inventory:
        """See ``ports.inventory.QueueInventory.inventory``."""
        with self._database.read() as connection:
            return inventory(connection, self._queues)

    def switch_product(self, switch: ProductSwitch) -> None:
        """See ``ports.product_switches.ProductSwitches.switch_product``."""
        with self._database.write() as connection:
            product_switches.put(connection, switch)

    def product_switch(self, line: str) -> ProductSwitch | None:
        """See ``ports.product_switches.ProductSwitches.product_switch``."""
        with self._database.read() as connection:
            return product_switches.newest(connection, line)

    def check(self) -> None:
        """See ``ports.connection.Connection.check``."""
        self._database.check()

    def close(self) -> None:
        """See ``ports.connection.Connection.close``."""
        try:
            with self._database.write(durable=False) as connection:
                for queue in self._queues:
                    queueing.free_owned(connection, queue.name, self._owner.number())
                queueing.deactivate(connection, self._owner.number())
        except BrokerUnavailable:
            pass  # whoever looks next finds that this owner is gone
        self._owner.leave()
        self._database.close()

    def _publish(self, connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
        if not messages:
            return
        at = self._clock()
        feeds.end_abandoned(connection, at, self._owner.alive)
        listeners = feeds.subscribers(connection)
        routes = [queueing.targets(self._queues, message.key) for message in messages]
        wanted = Counter(queue for route in routes for queue in route)
        queueing.reserve(connection, wanted)
        number = content.next_number(connection)
        for message, route in zip(messages, routes, strict=True):
            subscribed = [one for one in listeners if feeds.wants(one.patterns, message.key)]
            if route or subscribed:
                content.store(connection, number, message, at, refs=len(route) + len(subscribed))
                queueing.enqueue(connection, number, route)
                for subscriber in subscribed:
                    feeds.append(connection, subscriber, number)
                number += 1
        for queue in wanted:
            if queue.overflow == "drop_oldest":
                self._make_room(connection, queue)

    def _claim(self, queue: str, limit: int, dead: Sequence[int]) -> list[Delivery]:
        claimed: list[tuple[int, int]] = []
        with self._database.write(durable=False) as connection:
            lease = self._lease()
            for owner in dead:
                queueing.free_owned(connection, queue, owner)
            if queue in self._single_active and not self._become_active(connection, queue, lease):
                return []
            queueing.free_expired(connection, queue, lease.at)
            while len(claimed) < limit and (
                rows := queueing.claim(connection, queue, limit - len(claimed), lease)
            ):
                for number, count in rows:
                    if count > MAX_DELIVERIES:
                        self._give_up(connection, queue, number, count)
                    else:
                        claimed.append((number, count))
        # Bodies are read after the write lock is released; the lease keeps them.
        with self._database.read() as connection:
            return [
                Delivery(queue, number, count, message)
                for number, count in claimed
                if (message := content.load(connection, number)) is not None
            ]

    def _become_active(self, connection: sqlite3.Connection, queue: str, lease: Lease) -> bool:
        """Be the one that takes from a queue of a single active consumer, unless another one lives."""
        active = queueing.active_consumer(connection, queue, lease.at)
        if active is not None and active != lease.owner and self._owner.alive(active):
            return False
        queueing.activate(connection, queue, lease)
        return True

    def _make_room(self, connection: sqlite3.Connection, queue: Queue) -> None:
        for number, count in queueing.excess(connection, queue):
            if queueing.remove(connection, queue.name, number, count):
                content.release(connection, number)

    def _give_up(self, connection: sqlite3.Connection, queue: str, number: int, count: int) -> None:
        queueing.remove(connection, queue, number, count)
        detail = f"delivered {count - 1} times and never settled"
        dead_letters.insert(connection, queue, number, DELIVERY_LIMIT, detail, self._clock())

    def _dead_owners(self, connection: sqlite3.Connection, queue: str) -> list[int]:
        at = time.monotonic()
        if at < self._poll_at.get(queue, 0.0):
            return []
        self._poll_at[queue] = at + _DEAD_OWNERS_EVERY_S
        return [owner for owner in queueing.owners(connection, queue) if not self._owner.alive(owner)]

    def _lease(self) -> Lease:
        at = self._clock()
        return Lease(self._owner.number(), at, at + self._lease_us)


def _owner(path: Path) -> Owner:
    return Owner(path.with_name(path.name + "-owners"))


if TYPE_CHECKING:
    # It keeps every part of the port, or mypy fails here.
    _port: type[Broker] = SqliteBroker
