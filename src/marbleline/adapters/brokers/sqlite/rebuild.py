"""The broker's file made anew from what a damaged one still holds."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from marbleline.adapters.brokers.sqlite import queueing
from marbleline.adapters.brokers.sqlite.schema import READY, REFERENCES, SCHEMA, TAKEN
from marbleline.adapters.sqlite.opening import connect
from marbleline.adapters.sqlite.pages import read_file
from marbleline.adapters.sqlite.salvage import Salvaged, salvage
from marbleline.adapters.sqlite.schema import bring_up_to_date
from marbleline.ports.topology import FRAME_RECORDS, MAX_DELIVERIES, Queue

# Subscribers and consumers died with the line; how full queues are is counted anew.
_SKIPPED: Final = ("queues", "subscribers", "feeds", "active_consumers")


def rebuild_broker(path: Path, fresh: Path, queues: tuple[Queue, ...]) -> Salvaged:
    """Make ``fresh`` of what ``path`` holds. Raises OSError, sqlite3.Error (of the new file: no space).

    A message that nothing refers to any more goes into its queues again: it may have been done, and whoever
    gets it twice makes one of it by its id.
    """
    file = read_file(path)
    # Of the same pages: where the file's own list of tables is lost, a new one tells where they begin.
    with closing(connect(fresh, file.page_bytes)) as connection:
        bring_up_to_date(connection, SCHEMA)
        connection.execute("BEGIN")
        salvaged = salvage(file, connection, SCHEMA, _SKIPPED)
        for table, wrong in (
            ("messages", "id NOT IN (SELECT id FROM bodies)"),
            ("dead_letters", "message NOT IN (SELECT id FROM messages)"),
        ):
            deleted = connection.execute(f"DELETE FROM {table} WHERE {wrong}").rowcount  # noqa: S608
            salvaged.kept[table] -= deleted
            salvaged.gone[table] += deleted
        connection.execute("DELETE FROM bodies WHERE id NOT IN (SELECT id FROM messages)")
        _mend_entries(connection, queues)
        _enqueue_unreferenced(connection, queues)
        connection.execute(
            f"UPDATE messages SET refs = (SELECT count(*) FROM ({REFERENCES}) WHERE message = messages.id)"  # noqa: S608
        )
        connection.execute("INSERT INTO queues SELECT queue, count(*) FROM entries GROUP BY queue")
        connection.execute("COMMIT")
    return salvaged


def _mend_entries(connection: sqlite3.Connection, queues: tuple[Queue, ...]) -> None:
    """Entries have no checksum: what can't be is put right or left out, and everything waits again."""
    known = ", ".join("?" * len(queues))
    connection.execute(
        "DELETE FROM entries WHERE message NOT IN (SELECT id FROM messages) OR state NOT IN (?, ?)"  # noqa: S608
        f" OR queue NOT IN ({known})",
        (READY, TAKEN, *(queue.name for queue in queues)),
    )
    connection.execute(
        "UPDATE OR REPLACE entries SET state = ?, owner = NULL, leased_at = NULL, leased_until = NULL",
        (READY,),
    )
    connection.execute(
        "UPDATE entries SET count = 0 WHERE typeof(count) <> 'integer' OR count NOT BETWEEN 0 AND ?",
        (MAX_DELIVERIES,),
    )


def _enqueue_unreferenced(connection: sqlite3.Connection, queues: tuple[Queue, ...]) -> None:
    alone = connection.execute(
        f"SELECT id, key FROM messages WHERE id NOT IN ({REFERENCES})"  # noqa: S608
    ).fetchall()
    for number, key in alone:
        targets = queueing.targets(queues, key)
        if targets:
            queueing.enqueue(connection, number, targets)
        else:
            connection.execute("DELETE FROM messages WHERE id = ?", (number,))
            connection.execute("DELETE FROM bodies WHERE id = ?", (number,))


def pictures_to_record(path: Path) -> frozenset[tuple[str, int]]:
    """Camera and sequence of each frame that waits to be recorded. Raises sqlite3.Error."""
    with closing(connect(path)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT camera, sequence FROM entries JOIN messages ON messages.id = message"
            " WHERE queue = ? AND camera IS NOT NULL AND sequence IS NOT NULL",
            (FRAME_RECORDS.name,),
        )
        return frozenset(rows.fetchall())
