"""What is kept for live feeds: each subscriber's newest messages, dropped when nobody asks for them."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from marbleline.adapters.brokers.sqlite import content
from marbleline.ports.message import Message
from marbleline.ports.topology import matches

ABANDONED_AFTER_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Subscriber:
    """``patterns`` is a JSON list."""

    number: int
    patterns: str
    max_length: int


def subscribers(connection: sqlite3.Connection) -> list[Subscriber]:
    """All that there are."""
    return [Subscriber(*row) for row in connection.execute("SELECT id, patterns, bound FROM subscribers")]


@lru_cache(maxsize=4096)
def wants(patterns: str, key: str) -> bool:
    """Whether a subscriber with these patterns gets messages of this key."""
    return any(matches(pattern, key) for pattern in json.loads(patterns))


def append(connection: sqlite3.Connection, subscriber: Subscriber, message: int) -> None:
    """Give a subscriber a message that was stored with a reference for it; its oldest beyond the bound go."""
    (number,) = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM feeds WHERE subscriber = ?", (subscriber.number,)
    ).fetchone()
    connection.execute("INSERT INTO feeds VALUES (?, ?, ?)", (subscriber.number, number, message))
    _remove(connection, subscriber.number, number - subscriber.max_length)


def has_some(connection: sqlite3.Connection, subscriber: int) -> bool:
    """Whether anything is kept for a subscriber."""
    found = connection.execute("SELECT 1 FROM feeds WHERE subscriber = ? LIMIT 1", (subscriber,)).fetchone()
    return found is not None


def collect(connection: sqlite3.Connection, subscriber: int, limit: int) -> list[Message]:
    """The oldest that are kept for a subscriber; they are its own from now on."""
    rows = connection.execute(
        "SELECT number, message FROM feeds WHERE subscriber = ? ORDER BY number LIMIT ?", (subscriber, limit)
    ).fetchall()
    messages = [content.load(connection, message) for _, message in rows]
    if rows:
        _remove(connection, subscriber, rows[-1][0])
    return [message for message in messages if message is not None]


def sign(connection: sqlite3.Connection, subscriber: int, owner: int, at: int) -> bool:
    """Note that a subscriber still asks; False if it was forgotten as abandoned."""
    known = connection.execute(
        "UPDATE subscribers SET polled_at = ?, owner = ? WHERE id = ?", (at, owner, subscriber)
    )
    return bool(known.rowcount)


def begin(connection: sqlite3.Connection, patterns: str, max_length: int, owner: int, at: int) -> int:
    """A new subscriber's number."""
    return (
        connection.execute(
            "INSERT INTO subscribers (patterns, bound, owner, polled_at) VALUES (?, ?, ?, ?)",
            (patterns, max_length, owner, at),
        ).lastrowid
        or 0
    )


def end(connection: sqlite3.Connection, subscriber: int) -> None:
    """Forget a subscriber and what was kept for it."""
    (last,) = connection.execute(
        "SELECT coalesce(max(number), 0) FROM feeds WHERE subscriber = ?", (subscriber,)
    ).fetchone()
    _remove(connection, subscriber, last)
    connection.execute("DELETE FROM subscribers WHERE id = ?", (subscriber,))


def end_abandoned(connection: sqlite3.Connection, at: int, alive: Callable[[int], bool]) -> None:
    """Forget subscribers whose process is gone or that haven't asked for a minute."""
    rows = connection.execute("SELECT id, owner, polled_at FROM subscribers").fetchall()
    for subscriber, owner, polled_at in rows:
        if polled_at + ABANDONED_AFTER_US <= at or not alive(owner):
            end(connection, subscriber)


def _remove(connection: sqlite3.Connection, subscriber: int, up_to: int) -> None:
    removed = connection.execute(
        "SELECT message FROM feeds WHERE subscriber = ? AND number <= ?", (subscriber, up_to)
    ).fetchall()
    connection.execute("DELETE FROM feeds WHERE subscriber = ? AND number <= ?", (subscriber, up_to))
    for (message,) in removed:
        content.release(connection, message)
