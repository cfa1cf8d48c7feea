"""The broker on one SQLite file: every promise of ``ports.broker.Broker`` as one transaction."""

import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from marbleline.adapters.broker_sqlite import content, feeds, letters, queueing
from marbleline.adapters.broker_sqlite.holdings import holdings
from marbleline.adapters.broker_sqlite.owners import Owner
from marbleline.adapters.broker_sqlite.queueing import Lease
from marbleline.adapters.broker_sqlite.schema import SCHEMA
from marbleline.adapters.broker_sqlite.subscription import SqliteSubscription
from marbleline.adapters.sqlite import Database
from marbleline.domain.clock import Clock, now
from marbleline.domain.reasons import DELIVERY_LIMIT
from marbleline.errors import BrokerUnavailable
from marbleline.ports.broker import DeadLetter, Delivery, Depth, Holdings, Message
from marbleline.ports.topology import MAX_DELIVERIES, QUEUES, Queue

_LOOK_FOR_DEAD_EVERY_S: Final = 0.25


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
        self._database = Database(path, SCHEMA, BrokerUnavailable)
        self._owner = _owner(path)
        self._look_at: dict[str, float] = {}

    def publish(self, messages: Sequence[Message]) -> None:
        """See ``ports.broker.Broker.publish``."""
        self.hand_on((), messages)

    def take(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        """See ``ports.broker.Broker.take``."""
        for _ in self._database.changes(time.monotonic() + wait_s):
            # A look without the write lock first, so that consumers who wait hinder nobody.
            with self._database.read() as connection:
                dead = self._dead_owners(connection, queue)
                some = (
                    dead
                    or queueing.has_ready(connection, queue)
                    or queueing.has_expired(connection, queue, self._clock())
                )
            if some and (taken := self._claim(queue, limit, dead)):
                return taken
        return []

    def hand_on(self, taken: Sequence[Delivery], made: Sequence[Message]) -> None:
        """See ``ports.broker.Broker.hand_on``."""
        if taken or made:
            with self._database.write() as connection:
                queueing.settle(connection, taken)
                self._publish(connection, made)

    def give_back(self, taken: Sequence[Delivery]) -> None:
        """See ``ports.broker.Broker.give_back``."""
        with self._database.write(durable=False) as connection:
            for delivery in taken:
                queueing.give_back(connection, delivery)

    def extend(self, taken: Sequence[Delivery]) -> None:
        """See ``ports.broker.Broker.extend``."""
        with self._database.write(durable=False) as connection:
            lease = self._lease()
            for delivery in taken:
                queueing.extend(connection, delivery, lease)

    def dead_letter(self, taken: Delivery, reason: str, detail: str) -> None:
        """See ``ports.broker.Broker.dead_letter``."""
        with self._database.write() as connection:
            if queueing.remove(connection, taken.queue, taken.tag, taken.count):
                letters.put_away(connection, taken.queue, int(taken.tag), reason, detail, self._clock())

    def bury(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """See ``ports.broker.Broker.bury``."""
        at = self._clock()
        with self._database.write() as connection:
            number = content.store(connection, message, at, refs=1)
            letters.put_away(connection, queue, number, reason, detail, at)

    def dead_letters(self, limit: int, after: str | None = None, bodies: bool = True) -> list[DeadLetter]:
        """See ``ports.broker.Broker.dead_letters``."""
        with self._database.read() as connection:
            return letters.after(connection, after, limit, bodies)

    def replay(self, letter_ids: Sequence[str]) -> int:
        """See ``ports.broker.Broker.replay``: all of them or, if a queue hasn't the room, none."""
        with self._database.write() as connection:
            return letters.replay(connection, self._queues, letter_ids, self._clock())

    def drop(self, letter_ids: Sequence[str]) -> int:
        """See ``ports.broker.Broker.drop``."""
        with self._database.write() as connection:
            return letters.drop(connection, letter_ids)

    def subscribe(self, patterns: Sequence[str], bound: int) -> SqliteSubscription:
        """See ``ports.broker.Broker.subscribe``."""
        database = Database(self._path, SCHEMA, BrokerUnavailable)
        return SqliteSubscription(database, _owner(self._path), self._clock, patterns, bound)

    def depths(self) -> dict[str, Depth]:
        """See ``ports.broker.Broker.depths``."""
        with self._database.read() as connection:
            return {queue.name: queueing.depth(connection, queue.name) for queue in self._queues}

    def holdings(self) -> Holdings:
        """See ``ports.broker.Broker.holdings``."""
        with self._database.read() as connection:
            return holdings(connection, self._queues)

    def check(self) -> None:
        """See ``ports.broker.Broker.check``."""
        self._database.check()

    def close(self) -> None:
        """See ``ports.broker.Broker.close``."""
        try:
            with self._database.write(durable=False) as connection:
                for queue in self._queues:
                    queueing.free_owned(connection, queue.name, self._owner.number())
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
        for message, route in zip(messages, routes, strict=True):
            heard = [one for one in listeners if feeds.wants(one.patterns, message.key)]
            if route or heard:
                number = content.store(connection, message, at, refs=len(route) + len(heard))
                queueing.enqueue(connection, number, route)
                for subscriber in heard:
                    feeds.append(connection, subscriber, number)
        for queue in wanted:
            if queue.gives_way:
                self._make_room(connection, queue)

    def _claim(self, queue: str, limit: int, dead: Sequence[int]) -> list[Delivery]:
        taken: list[tuple[int, int]] = []
        with self._database.write(durable=False) as connection:
            lease = self._lease()
            for owner in dead:
                queueing.free_owned(connection, queue, owner)
            queueing.free_expired(connection, queue, lease.at)
            while len(taken) < limit and (
                rows := queueing.claim(connection, queue, limit - len(taken), lease)
            ):
                for number, count in rows:
                    if count > MAX_DELIVERIES:
                        self._give_up(connection, queue, number, count)
                    else:
                        taken.append((number, count))
        # Bodies are read after the write lock is given back; the lease keeps them.
        with self._database.read() as connection:
            return [
                Delivery(queue, number, count, message)
                for number, count in taken
                if (message := content.load(connection, number)) is not None
            ]

    def _make_room(self, connection: sqlite3.Connection, queue: Queue) -> None:
        for number, count in queueing.excess(connection, queue):
            if queueing.remove(connection, queue.name, number, count):
                content.let_go(connection, number)

    def _give_up(self, connection: sqlite3.Connection, queue: str, number: int, count: int) -> None:
        queueing.remove(connection, queue, number, count)
        detail = f"delivered {count - 1} times and never settled"
        letters.put_away(connection, queue, number, DELIVERY_LIMIT, detail, self._clock())

    def _dead_owners(self, connection: sqlite3.Connection, queue: str) -> list[int]:
        at = time.monotonic()
        if at < self._look_at.get(queue, 0.0):
            return []
        self._look_at[queue] = at + _LOOK_FOR_DEAD_EVERY_S
        return [owner for owner in queueing.owners(connection, queue) if not self._owner.alive(owner)]

    def _lease(self) -> Lease:
        at = self._clock()
        return Lease(self._owner.number(), at, at + self._lease_us)


def _owner(path: Path) -> Owner:
    return Owner(path.with_name(path.name + "-owners"))
