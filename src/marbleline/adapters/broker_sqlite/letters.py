"""Dead letters: put away with a reason, listed, sent round again or dropped."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

from marbleline.adapters.broker_sqlite import content, queueing
from marbleline.ports.broker import DeadLetter, Message
from marbleline.ports.topology import Queue, holds_copies


def put_away(
    connection: sqlite3.Connection, queue: str, number: int, reason: str, detail: str, at: int
) -> None:
    """Keep a stored message; the caller's reference to it becomes the letter's."""
    connection.execute(
        "INSERT INTO letters (queue, message, reason, detail, at) VALUES (?, ?, ?, ?, ?)",
        (queue, number, _storable(reason), _storable(detail), at),
    )


def after(
    connection: sqlite3.Connection, letter_id: str | None, limit: int, with_bodies: bool
) -> list[DeadLetter]:
    """Letters, oldest first, after the given one."""
    last = 0 if letter_id is None else _number(letter_id)
    if last is None:
        return []
    rows = connection.execute(
        "SELECT letters.id, queue, reason, detail, at, message_id, key, headers,"
        " CASE WHEN ? THEN (SELECT body FROM bodies WHERE id = message) ELSE x'' END"
        " FROM letters JOIN messages ON messages.id = message WHERE letters.id > ?"
        " ORDER BY letters.id LIMIT ?",
        (with_bodies, last, limit),
    )
    return [
        DeadLetter(
            str(number), queue, reason, detail, at, Message(message_id, key, json.loads(headers), body)
        )
        for number, queue, reason, detail, at, message_id, key, headers, body in rows
    ]


def replay(
    connection: sqlite3.Connection, queues: Sequence[Queue], letter_ids: Sequence[str], at: int
) -> int:
    """Put letters back into their queues, as new at the end of each; returns how many were there.

    Raises BrokerFull if a queue hasn't the room: undo the transaction then.
    """
    by_name = {queue.name: queue for queue in queues}
    found = [row for row in _find(connection, letter_ids) if row[1] in by_name]
    queueing.reserve(connection, Counter(by_name[queue] for _, queue, _ in found))
    for letter, queue, old in found:
        message = content.load(connection, old)
        if message is not None:
            # A number of its own: an old delivery of the old one can't settle it.
            new = content.store(connection, message, at, refs=1)
            queueing.enqueue(connection, new, [by_name[queue]])
            _forget(connection, letter, old)
    return len(found)


def drop(connection: sqlite3.Connection, letter_ids: Sequence[str]) -> int:
    """Forget letters and what only they held, but not which frames they were; returns how many there were."""
    found = _find(connection, letter_ids)
    for letter, queue, message in found:
        if not holds_copies(queue):
            connection.execute(
                "INSERT OR IGNORE INTO dropped SELECT message_id, camera, sequence FROM messages"
                " WHERE id = ? AND camera IS NOT NULL AND sequence IS NOT NULL",
                (message,),
            )
        _forget(connection, letter, message)
    return len(found)


def _find(connection: sqlite3.Connection, letter_ids: Sequence[str]) -> list[tuple[int, str, int]]:
    numbers = dict.fromkeys(number for name in letter_ids if (number := _number(name)) is not None)
    rows = (
        connection.execute("SELECT id, queue, message FROM letters WHERE id = ?", (number,)).fetchone()
        for number in numbers
    )
    return [row for row in rows if row is not None]


def _forget(connection: sqlite3.Connection, letter: int, message: int) -> None:
    connection.execute("DELETE FROM letters WHERE id = ?", (letter,))
    content.let_go(connection, message)


def _number(letter_id: str) -> int | None:
    return int(letter_id) if letter_id.isascii() and letter_id.isdigit() and len(letter_id) < 19 else None


def _storable(text: str) -> str:
    # The name of a file may hold bytes that are no UTF-8.
    return text.encode(errors="backslashreplace").decode()
