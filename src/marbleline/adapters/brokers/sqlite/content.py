"""Messages and their bodies, stored once and kept as long as something points to them."""

import json
import sqlite3

from marbleline.adapters.sqlite.checksums import row_checksum
from marbleline.ports.message import Message


def next_number(connection: sqlite3.Connection) -> int:
    """A message's number, higher than all before; the next message of the transaction has the next one."""
    # It is chosen here, not by SQLite, because the row's checksum covers it.
    (number,) = connection.execute(
        "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'messages'"
    ).fetchone()
    return int(number)


def store(connection: sqlite3.Connection, number: int, message: Message, at: int, refs: int) -> None:
    """Store one message that ``refs`` others will point to, as ``next_number`` gave."""
    headers = message.headers
    camera, sequence = headers.get("camera"), headers.get("sequence")
    checked = (
        number,
        at,
        message.message_id,
        message.key,
        camera if isinstance(camera, str) else None,
        sequence if isinstance(sequence, int) and abs(sequence) < 1 << 63 else None,
        json.dumps(headers, separators=(",", ":")),
    )
    # Checksums are computed before the statements run: called by them, it would copy the body.
    connection.execute(
        "INSERT INTO messages (id, published_at, message_id, key, camera, sequence, headers, refs, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*checked, refs, row_checksum("messages", *checked)),
    )
    body = message.body
    connection.execute(
        "INSERT INTO bodies VALUES (?, ?, ?)", (number, body, row_checksum("bodies", number, body))
    )


def load(connection: sqlite3.Connection, number: int) -> Message | None:
    """The message of a number; None if nothing points to it any more."""
    row = connection.execute(
        "SELECT message_id, key, headers, body FROM messages JOIN bodies USING (id) WHERE id = ?", (number,)
    ).fetchone()
    return None if row is None else Message(row[0], row[1], json.loads(row[2]), row[3])


def release(connection: sqlite3.Connection, number: int) -> None:
    """Take one reference away from a message; the last one takes the message with it."""
    if connection.execute("DELETE FROM messages WHERE id = ? AND refs = 1", (number,)).rowcount:
        connection.execute("DELETE FROM bodies WHERE id = ?", (number,))
    else:
        connection.execute("UPDATE messages SET refs = refs - 1 WHERE id = ?", (number,))
