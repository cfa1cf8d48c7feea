"""Dead letters: stored with a reason, listed, replayed or discarded."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

from marbleline.adapters.brokers.sqlite import content, queueing
from marbleline.ports.dead_letters import DeadLetter
from marbleline.ports.message import Message
from marbleline.ports.topology import Queue, holds_copies


def insert(
    connection: sqlite3.Connection, queue: str, number: int, reason: str, detail: str, at: int
) -> None:
    """Keep a stored message; the caller's reference to it becomes the letter's."""
    connection.execute(
        "INSERT INTO dead_letters (queue, message, reason, detail, at, checksum)"
        " VALUES (?1, ?2, ?3, ?4, ?5, row_checksum('dead_letters', ?1, ?2, ?3, ?4, ?5))",
        (queue, number, _storable(reason), _storable(detail), at),
    )


def after(
    connection: sqlite3.Connection, dead_letter_id: str | None, limit: int, with_bodies: bool
) -> list[DeadLetter]:
    """Dead letters, oldest first, after the given one."""
    last = 0 if dead_letter_id is None else _number(dead_letter_id)
    if last is None:
        return []
    rows = connection.execute(
        "SELECT dead_letters.id, queue, reason, detail, at, message_id, key, headers,"
        " CASE WHEN ? THEN (SELECT body FROM bodies WHERE id = message) ELSE x'' END"
        " FROM dead_letters JOIN messages ON messages.id = message WHERE dead_letters.id > ?"
        " ORDER BY dead_letters.id LIMIT ?",
        (with_bodies, last, limit),
    )
    return [
        DeadLetter(
            str(number), queue, reason, detail, at, Message(message_id, key, json.loads(headers), body)
        )
        for number, queue, reason, detail, at, message_id, key, headers, body in rows
    ]


def replay(
    connection: sqlite3.Connection, queues: Sequence[Queue], dead_letter_ids: Sequence[str], at: int
) -> int:
    """Publish dead letters to the queues they came from; returns how many there were.

    Raises BrokerFull if a queue hasn't the room: undo the transaction then.
    """
    by_name = {queue.name: queue for queue in queues}
    found = [row for row in _find(connection, dead_letter_ids) if row[1] in by_name]
    queueing.reserve(connection, Counter(by_name[queue] for _, queue, _ in found))
    for dead_letter, queue, old in found:
        message = content.load(connection, old)
        if message is not None:
            # A number of its own: an old delivery of the old one can't settle it.
            new = content.next_number(connection)
            content.store(connection, new, message, at, refs=1)
            queueing.enqueue(connection, new, [by_name[queue]])
            _forget(connection, dead_letter, old)
    return len(found)


def discard(connection: sqlite3.Connection, dead_letter_ids: Sequence[str]) -> int:
    """Delete dead letters and their bodies, and keep which frames they were; returns how many there were."""
    found = _find(connection, dead_letter_ids)
    for dead_letter, queue, message in found:
        if not holds_copies(queue):
            connection.execute(
                "INSERT OR IGNORE INTO discarded SELECT message_id, camera, sequence,"
                " row_checksum('discarded', message_id, camera, sequence) FROM messages"
                " WHERE id = ? AND camera IS NOT NULL AND sequence IS NOT NULL",
                (message,),
            )
        _forget(connection, dead_letter, message)
    return len(found)


def _find(connection: sqlite3.Connection, dead_letter_ids: Sequence[str]) -> list[tuple[int, str, int]]:
    numbers = dict.fromkeys(number for name in dead_letter_ids if (number := _number(name)) is not None)
    rows = (
        connection.execute("SELECT id, queue, message FROM dead_letters WHERE id = ?", (number,)).fetchone()
        for number in numbers
    )
    return [row for row in rows if row is not None]


def _forget(connection: sqlite3.Connection, dead_letter: int, message: int) -> None:
    connection.execute("DELETE FROM dead_letters WHERE id = ?", (dead_letter,))
    content.release(connection, message)


def _number(dead_letter_id: str) -> int | None:
    return (
        int(dead_letter_id)
        if dead_letter_id.isascii() and dead_letter_id.isdigit() and len(dead_letter_id) < 19
        else None
    )


def _storable(text: str) -> str:
    # The name of a file may hold bytes that are no UTF-8.
    return text.encode(errors="backslashreplace").decode()
