"""Messages into queues, out of them, and settled: statements within a transaction that others open."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from marbleline.adapters.brokers.sqlite import content
from marbleline.adapters.brokers.sqlite.schema import READY, TAKEN
from marbleline.errors import BrokerFull
from marbleline.ports.inventory import Depth
from marbleline.ports.message import Delivery
from marbleline.ports.topology import Queue, matches

# A clock that was set back this far makes a lease meaningless: it is taken as ended.
_STEP_BACK_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Lease:
    """Who takes, when, and until when (microseconds UTC)."""

    owner: int
    at: int
    until: int


@lru_cache(maxsize=4096)
def targets(queues: tuple[Queue, ...], key: str) -> tuple[Queue, ...]:
    """The queues that a routing key leads to."""
    return tuple(queue for queue in queues if any(matches(pattern, key) for pattern in queue.patterns))


def reserve(connection: sqlite3.Connection, wanted: Counter[Queue]) -> None:
    """Count places in queues. Raises BrokerFull if a queue hasn't as many: undo the transaction then.

    One that drops its oldest has as many as are wanted; ``excess`` tells how many it has to drop.
    """
    for queue, count in wanted.items():
        connection.execute("INSERT OR IGNORE INTO queues VALUES (?, 0)", (queue.name,))
        given = connection.execute(
            "UPDATE queues SET total = total + :count"
            " WHERE name = :name AND (:drop_oldest OR total + :count <= :max_length)",
            {
                "count": count,
                "name": queue.name,
                "max_length": queue.max_length,
                "drop_oldest": queue.overflow == "drop_oldest",
            },
        ).rowcount
        if not given:
            total = _total(connection, queue.name)
            raise BrokerFull(
                f"queue {queue.name} holds {total} of at most {queue.max_length} messages and {count} more"
                " were to be published: wait for its consumers"
            )


def excess(connection: sqlite3.Connection, queue: Queue) -> list[tuple[int, int]]:
    """The oldest that wait beyond a queue's bound: (message's number, how often it was delivered)."""
    beyond = _total(connection, queue.name) - queue.max_length
    if beyond <= 0:
        return []
    return connection.execute(
        "SELECT message, count FROM entries WHERE queue = ? AND state = ? ORDER BY message LIMIT ?",
        (queue.name, READY, beyond),
    ).fetchall()


def enqueue(connection: sqlite3.Connection, number: int, queues: Sequence[Queue]) -> None:
    """Let a stored message wait in queues whose places were reserved."""
    connection.executemany(
        "INSERT INTO entries (queue, state, message) VALUES (?, ?, ?)",
        [(queue.name, READY, number) for queue in queues],
    )


def depth(connection: sqlite3.Connection, queue: str) -> Depth:
    """How full a queue is; its cost doesn't grow with what waits."""
    (deliveries,) = connection.execute(
        "SELECT count(*) FROM entries WHERE queue = ? AND state = ?", (queue, TAKEN)
    ).fetchone()
    oldest = connection.execute(
        "SELECT published_at FROM messages WHERE id ="
        " (SELECT message FROM entries WHERE queue = ? AND state = ? ORDER BY message LIMIT 1)",
        (queue, READY),
    ).fetchone()
    return Depth(_total(connection, queue) - deliveries, deliveries, oldest[0] if oldest else None)


def has_ready(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether something waits."""
    found = connection.execute(
        "SELECT 1 FROM entries WHERE queue = ? AND state = ? LIMIT 1", (queue, READY)
    ).fetchone()
    return found is not None


def has_expired(connection: sqlite3.Connection, queue: str, at: int) -> bool:
    """Whether something was taken for a time that has ended."""
    found = connection.execute(
        "SELECT 1 FROM entries"
        " WHERE queue = ? AND state = ? AND (leased_until <= ? OR leased_at > ?) LIMIT 1",
        (queue, TAKEN, at, at + _STEP_BACK_US),
    ).fetchone()
    return found is not None


def free_expired(connection: sqlite3.Connection, queue: str, at: int) -> None:
    """What was taken for a time that has ended waits again."""
    connection.execute(
        "UPDATE entries SET state = ? WHERE queue = ? AND state = ? AND (leased_until <= ? OR leased_at > ?)",
        (READY, queue, TAKEN, at, at + _STEP_BACK_US),
    )


def owners(connection: sqlite3.Connection, queue: str) -> set[int]:
    """Who holds entries of this queue."""
    rows = connection.execute(
        "SELECT DISTINCT owner FROM entries WHERE queue = ? AND state = ?", (queue, TAKEN)
    )
    return {owner for (owner,) in rows}


def free_owned(connection: sqlite3.Connection, queue: str, owner: int) -> None:
    """What an owner had taken waits again."""
    connection.execute(
        "UPDATE entries SET state = ? WHERE queue = ? AND state = ? AND owner = ?",
        (READY, queue, TAKEN, owner),
    )


def claim(connection: sqlite3.Connection, queue: str, limit: int, lease: Lease) -> list[tuple[int, int]]:
    """Take the oldest that wait: (message's number, how often it was delivered, this time included)."""
    rows: list[tuple[int, int]] = connection.execute(
        "SELECT message, count + 1 FROM entries WHERE queue = ? AND state = ? ORDER BY message LIMIT ?",
        (queue, READY, limit),
    ).fetchall()
    connection.executemany(
        "UPDATE entries SET state = ?, count = ?, owner = ?, leased_at = ?, leased_until = ?"
        " WHERE queue = ? AND state = ? AND message = ?",
        [
            (TAKEN, count, lease.owner, lease.at, lease.until, queue, READY, message)
            for message, count in rows
        ],
    )
    return rows


def active_consumer(connection: sqlite3.Connection, queue: str, at: int) -> int | None:
    """Who alone may take from a queue now; None if nobody has said so, or for a time that has ended."""
    row = connection.execute(
        "SELECT owner FROM active_consumers WHERE queue = ? AND until > ? AND since <= ?",
        (queue, at, at + _STEP_BACK_US),
    ).fetchone()
    return row[0] if row else None


def activate(connection: sqlite3.Connection, queue: str, lease: Lease) -> None:
    """From now on one alone takes from a queue; what another still had waits again."""
    for owner in owners(connection, queue) - {lease.owner}:
        free_owned(connection, queue, owner)
    connection.execute(
        "INSERT OR REPLACE INTO active_consumers VALUES (?, ?, ?, ?)",
        (queue, lease.owner, lease.at, lease.until),
    )


def deactivate(connection: sqlite3.Connection, owner: int) -> None:
    """Another may take now."""
    connection.execute("DELETE FROM active_consumers WHERE owner = ?", (owner,))


def holds(connection: sqlite3.Connection, delivery: Delivery, owner: int, at: int) -> bool:
    """Whether an owner still has what was delivered to it, for a time that has not ended."""
    found = connection.execute(
        "SELECT 1 FROM entries WHERE queue = ? AND state = ? AND message = ? AND count = ? AND owner = ?"
        " AND leased_until > ? AND leased_at <= ?",
        (delivery.queue, TAKEN, delivery.tag, delivery.count, owner, at, at + _STEP_BACK_US),
    ).fetchone()
    return found is not None


def requeue(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Let it wait again, unless another has taken it over."""
    connection.execute(
        "UPDATE entries SET state = ? WHERE queue = ? AND state = ? AND message = ? AND count = ?",
        (READY, delivery.queue, TAKEN, delivery.tag, delivery.count),
    )


def renew_lease(connection: sqlite3.Connection, delivery: Delivery, lease: Lease) -> None:
    """Renew its lease, even one that has ended, unless another has taken it over."""
    connection.execute(
        "UPDATE entries SET state = ?, owner = ?, leased_at = ?, leased_until = ?"
        " WHERE queue = ? AND state IN (?, ?) AND message = ? AND count = ?",
        (
            *(TAKEN, lease.owner, lease.at, lease.until),
            *(delivery.queue, READY, TAKEN, delivery.tag, delivery.count),
        ),
    )


def ack(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Take entries out of their queues, and messages that nothing else needs out of the file."""
    gone: Counter[str] = Counter()
    for delivery in deliveries:
        if _take_out(connection, delivery.queue, delivery.tag, delivery.count):
            gone[delivery.queue] += 1
            content.release(connection, int(delivery.tag))
    for queue, count in gone.items():
        _count_out(connection, queue, count)


def remove(connection: sqlite3.Connection, queue: str, number: int | str, count: int) -> bool:
    """Take an entry out of its queue; False if it was settled before or another has taken it over.

    ``count`` tells one delivery from the next. The entry's reference to its message is the caller's now.
    """
    gone = _take_out(connection, queue, number, count)
    if gone:
        _count_out(connection, queue, 1)
    return gone


def _take_out(connection: sqlite3.Connection, queue: str, number: int | str, count: int) -> bool:
    gone = connection.execute(
        "DELETE FROM entries WHERE queue = ? AND state IN (?, ?) AND message = ? AND count = ?",
        (queue, READY, TAKEN, number, count),
    ).rowcount
    return bool(gone)


def _count_out(connection: sqlite3.Connection, queue: str, count: int) -> None:
    connection.execute("UPDATE queues SET total = total - ? WHERE name = ?", (count, queue))


def _total(connection: sqlite3.Connection, queue: str) -> int:
    row = connection.execute("SELECT total FROM queues WHERE name = ?", (queue,)).fetchone()
    return row[0] if row else 0
