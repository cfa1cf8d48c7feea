"""One process's connection to an SQLite file that several processes share.

Durable (WAL, ``synchronous=FULL``), patient (a busy timeout), versioned (``user_version``), and safe
to fork: SQLite's locks don't survive a fork, so every connection is closed before one and opened again
after it. Nothing but SQLite may open the file in such a process: closing it would drop SQLite's locks.
"""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.errors import Unavailable

BUSY_TIMEOUT_S: Final = 5.0
# Large enough that pages which are freed soon after (a queue's bodies) are checkpointed once or never.
_CHECKPOINT_BYTES: Final = 16 << 20
_CACHE_BYTES: Final = 8 << 20
_FIRST_PAUSE_S: Final = 0.002
_LAST_PAUSE_S: Final = 0.015
_LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Schema:
    """What an SQLite file holds.

    ``name``            for people, in error texts
    ``application_id``  marks the file, so that another program's is refused
    ``steps``           SQL scripts; the file's version is how many of them it has had
    """

    name: str
    application_id: int
    page_size: int
    steps: tuple[str, ...]


class Database:
    """Used by one thread at a time. Opens the file, and its folder, when it is first needed.

    Whatever SQLite can't do now (no space left, file locked, removed or corrupt) raises ``unavailable``.
    """

    def __init__(self, path: Path, schema: Schema, unavailable: type[Unavailable]) -> None:
        self._path = path.absolute()
        self._schema = schema
        self._unavailable = unavailable
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._durable = True
        self._closed = False
        # Held while a transaction runs, so that another thread's fork waits for its end.
        self._lock = threading.RLock()
        _databases.add(self)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A snapshot: all statements within see the same state."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing; on disk when it returns.

        Not ``durable``: a power cut may undo it, never a crash of this process. It costs no fsync, and
        what must not be lost must not rest on it.
        """
        with self._transaction("BEGIN IMMEDIATE", durable=durable) as connection:
            yield connection

    def changes(self, until: float) -> Iterator[None]:
        """Wait for other connections' writes: yields after each, and ten times a second, up to ``until``.

        ``until`` is on ``time.monotonic``'s scale. What was written since the last step is seen, what was
        written before the first one may be: look first, then wait.
        """
        pause = _FIRST_PAUSE_S
        seen = self._version()
        look_at = 0.0
        while True:
            at = time.monotonic()
            version = self._version()
            if version != seen or at >= look_at:
                seen, look_at = version, at + _LOOK_EVERY_S
                yield
                at = time.monotonic()
            if at >= until:
                return
            time.sleep(min(pause, until - at))
            pause = min(pause * 1.25, _LAST_PAUSE_S)

    def check(self) -> None:
        """Returns if the file can be written now; raises ``unavailable`` with the cause."""
        with self.write(durable=False) as connection:
            connection.execute(f"PRAGMA user_version = {len(self._schema.steps)}")

    def close(self) -> None:
        """Let go of the file for good. Never raises."""
        with self._lock:
            self._closed = True
            self._drop()
            _databases.discard(self)

    @contextmanager
    def _transaction(self, begin: str, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            connection = self._open()
            if durable is not self._durable:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _version(self) -> int:
        with self._lock, self._translated():
            version: int = self._open().execute("PRAGMA data_version").fetchone()[0]
            return version

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", None)
            if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError) or code in (
                None,
                sqlite3.SQLITE_ERROR,
            ):
                raise  # a wrong statement: a defect of ours
            if code != sqlite3.SQLITE_BUSY:
                self._drop()  # whatever was wrong with the file, the next call looks at it afresh
            raise self._unavailable(f"{self._schema.name} {self._path}: {error}") from error
        except OSError as error:
            self._drop()
            raise self._unavailable(f"{self._schema.name} {self._path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if _identity(self._path) == self._file:
                return self._connection
            self._drop()
            raise self._unavailable(
                f"{self._schema.name} {self._path}: the file was removed or replaced while it was in use;"
                " what it held is gone"
            )
        if self._closed:
            raise self._unavailable(f"{self._schema.name} {self._path}: is closed")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._file, self._durable = connection, _identity(self._path), True
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        pages = _CHECKPOINT_BYTES // self._schema.page_size
        connection.execute(f"PRAGMA page_size = {self._schema.page_size}")
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        connection.execute(f"PRAGMA journal_size_limit = {2 * _CHECKPOINT_BYTES}")
        connection.execute(f"PRAGMA cache_size = {-_CACHE_BYTES // 1024}")
        # Some builds overwrite what is deleted with zeros: every body would be written twice.
        connection.execute("PRAGMA secure_delete = OFF")
        if self._has_all_steps(connection):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            for step in self._schema.steps[version:]:
                for statement in step.split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {self._schema.application_id}")
            connection.execute(f"PRAGMA user_version = {len(self._schema.steps)}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _has_all_steps(self, connection: sqlite3.Connection) -> bool:
        found, version, tables = (
            connection.execute(statement).fetchone()[0]
            for statement in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_schema",
            )
        )
        if found != self._schema.application_id and (found or version or tables):
            raise self._unavailable(
                f"{self._path}: is no {self._schema.name} of Marbleline; name another file"
            )
        if version > len(self._schema.steps):
            raise self._unavailable(
                f"{self._schema.name} {self._path}: was written by a newer version of Marbleline"
                f" (schema {version}, this one knows {len(self._schema.steps)}); update this worker"
            )
        return bool(version == len(self._schema.steps))

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # SQLite doesn't call its busy handler for this statement, and two processes may start together.
    give_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(_FIRST_PAUSE_S)
        else:
            return


_databases: "weakref.WeakSet[Database]" = weakref.WeakSet()
_held: list[Database] = []


def _before_fork() -> None:
    _held.extend(_databases)
    for database in _held:
        database._lock.acquire()
        database._drop()


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
