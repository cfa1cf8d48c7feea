"""Looking for damage in a file that is in use, on a connection of its own."""

import sqlite3
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from marbleline.adapters.sqlite.checksums import COLUMN, call, register
from marbleline.adapters.sqlite.opening import connect, is_damage
from marbleline.adapters.sqlite.schema import Schema

_MOST: Final = 20
"""Problems that are told of one file: beyond that it is damaged, however many there are."""

_ROWS_AT_ONCE: Final = 200
_STEPS: Final = 200_000


def find_damage(
    path: Path,
    schema: Schema,
    pause: Callable[[float], object] = lambda worked_s: None,
    *,
    read_only: bool = False,
) -> tuple[str, ...]:
    """What is wrong with the file, empty if nothing is.

    Looked at are the trees and indexes (``PRAGMA integrity_check``, a table at a time), each row's checksum,
    and what tables say of each other. Each look is a read transaction of its own, so that the write-ahead log
    can start anew between two. ``pause`` is called after each with the seconds that it took, and every
    200,000 steps of SQLite within one with 0. With ``read_only`` the file and its log stay as they are: no
    other connection may be open then.

    Raises sqlite3.Error, OSError if the file can't be looked at for another reason than damage.
    """
    if not path.exists():
        return ()
    try:
        with _reading(path) if read_only else closing(connect(path)) as connection:
            connection.set_progress_handler(lambda: _beat(pause), _STEPS)
            problems: list[str] = []
            looks = _checks(connection, schema)
            began = time.monotonic()
            for found in looks:
                problems += found
                if len(problems) >= _MOST:
                    looks.close()
                    break
                pause(time.monotonic() - began)
                began = time.monotonic()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return (str(error),)
    except UnicodeDecodeError as error:  # SQLite's own message names a table whose name is damaged
        return (f"the schema holds text that is no UTF-8: {error}",)
    return tuple(problems[:_MOST])


def _checks(connection: sqlite3.Connection, schema: Schema) -> Generator[list[str]]:
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    ).fetchall()
    if found != schema.application_id and (found or tables):
        yield [f"it is no {schema.name} of Marbleline"]
        return
    if not set(schema.checked) <= {table for (table,) in tables}:
        yield ["it has not all its tables"] if tables else []
        return
    for (table,) in tables:
        yield list(_guarded(connection, f"PRAGMA integrity_check('{table}')", _problem))
    for table, columns in schema.checked.items():
        yield from _checksums(connection, table, columns)
    for what, query in schema.contradictions.items():
        yield [f"{count} {what}" for count in _guarded(connection, query, _counted)]


def _checksums(connection: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> Iterator[list[str]]:
    described = connection.execute(f"PRAGMA table_info('{table}')").fetchall()
    if COLUMN not in {one[1] for one in described}:
        return  # of an older version, whose worker has not started yet
    keys = [one[1] for one in described if one[5]]
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    key = keys[0] if "WITHOUT ROWID" in sql else "rowid"
    wrong = f"{COLUMN} IS NOT NULL AND {COLUMN} IS NOT {call(table, columns)}"
    after: str | int | None = None
    while True:
        beyond = "" if after is None else f"WHERE {key} > ?"
        query = (
            f"SELECT {key}, {wrong} FROM {table} NOT INDEXED {beyond} ORDER BY {key} LIMIT {_ROWS_AT_ONCE}"  # noqa: S608
        )
        try:
            rows = connection.execute(query, () if after is None else (after,)).fetchall()
        except sqlite3.DatabaseError as error:
            # What a row holds may be beyond what Python can read, and then its checksum can't be right.
            yield [f"{table}: {error}"]
            return
        yield [f"{table}: the checksum of row {row!r} is wrong" for row, bad in rows if bad]
        if len(rows) < _ROWS_AT_ONCE:
            return
        after = rows[-1][0]


def _guarded(
    connection: sqlite3.Connection, query: str, describe: Callable[[tuple[object, ...]], str | None]
) -> Iterator[str]:
    try:
        for row in connection.execute(query):
            if text := describe(row):
                yield text
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        yield str(error)


def _problem(row: tuple[object, ...]) -> str | None:
    return None if row[0] == "ok" else str(row[0])


def _counted(row: tuple[object, ...]) -> str | None:
    return str(row[0]) if row[0] else None


def _beat(pause: Callable[[float], object]) -> int:
    pause(0.0)
    return 0


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    beside = [path.with_name(path.name + end) for end in ("-wal", "-shm")]
    made = [one for one in beside if not one.exists()]
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            register(connection)
            yield connection
    finally:
        # SQLite leaves them behind where it may not write the file itself; both are empty.
        for one in made:
            one.unlink(missing_ok=True)
