"""One worker's connection to an SQLite file that several processes share."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from marbleline.adapters.sqlite import forks
from marbleline.adapters.sqlite.commit_notification import Notifier, Waiter
from marbleline.adapters.sqlite.opening import (
    BUSY_TIMEOUT_S,
    CHECKPOINT_BYTES,
    REMEDY,
    begin_writing,
    code_of,
    connect,
    is_damage,
    wait_for_locks,
)
from marbleline.adapters.sqlite.schema import Schema, bring_up_to_date
from marbleline.errors import Unavailable

_POLL_EVERY_S: Final = 0.1
# Readers that overlap without end keep the log from starting anew: beyond this, they are waited for.
_MOST_LOG_BYTES: Final = 4 * CHECKPOINT_BYTES
_WAIT_FOR_READERS_S: Final = 0.1


class Database:
    """Used by one thread at a time. Opens the file, and its folder, when it is first needed.

    Whatever SQLite can't do now (no space left, file locked, removed or corrupt) raises ``unavailable``,
    and the next call looks at the file afresh. Nothing else in the process may open the file: closing it
    would drop SQLite's locks.
    """

    def __init__(self, path: Path, schema: Schema, unavailable: type[Unavailable]) -> None:
        self._path = path.absolute()
        self._log = self._path.with_name(self._path.name + "-wal")
        self._schema = schema
        self._unavailable = unavailable
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._durable = True
        self._closed = False
        self._waiters = self._path.with_name(self._path.name + "-waiters")
        self._waiter: Waiter | None = None
        self._notifier = Notifier(self._waiters)
        self._bound_log_at = 0.0
        # Held while a transaction runs, so that another thread's fork waits for its end.
        self._lock = threading.RLock()
        forks.register(self)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A snapshot: all statements within see the same state."""
        with self._lock, self._translated():
            connection = self._open()
            connection.execute("BEGIN")
            with _all_or_nothing(connection):
                yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing; on disk when it returns.

        Not ``durable``: a power cut may undo it, never a crash of this process. It costs no fsync, and
        what must not be lost must not rest on it.
        """
        with self._lock, self._translated():
            connection = self._open()
            if durable is not self._durable:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            begin_writing(connection)
            with _all_or_nothing(connection):
                yield connection
            if durable:  # what others wait for
                self._notifier.notify()
            self._bound_log(connection)

    def changes(self, until: float) -> Iterator[None]:
        """Wait for other connections' durable writes: yields at once, after each, and ten times a second.

        ``until`` is on ``time.monotonic``'s scale.
        """
        seen = self._version()
        poll_at = 0.0
        while True:
            at = time.monotonic()
            version = self._version()
            if version != seen or at >= poll_at:
                seen, poll_at = version, at + _POLL_EVERY_S
                yield
                at = time.monotonic()
            if at >= until:
                return
            self._listen().wait(max(0.0, min(poll_at, until) - at))

    def check(self) -> None:
        """Returns if the file can be written now; raises ``unavailable`` with the cause."""
        with self.write(durable=False) as connection:
            connection.execute(f"PRAGMA user_version = {len(self._schema.steps)}")

    def close(self) -> None:
        """Close the file for good. Never raises."""
        with self._lock:
            self._closed = True
            self._drop()

    def before_fork(self) -> None:
        """See ``forks.Forkable``."""
        self._lock.acquire()
        self._disconnect()  # not the waiter: another thread may be using it

    def after_fork(self) -> None:
        """See ``forks.Forkable``."""
        self._lock.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = code_of(error)
            of_python = type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError)
            if is_damage(error):
                self._drop()
                raise self._unusable(f"{error}: {REMEDY}") from error
            if of_python or code in (None, sqlite3.SQLITE_ERROR):
                raise  # a wrong statement: a defect of ours
            if code != sqlite3.SQLITE_BUSY:
                self._drop()
            raise self._unusable(str(error)) from error
        except OSError as error:
            self._drop()
            raise self._unusable(str(error)) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if _identity(self._path) == self._file:
                return self._connection
            self._drop()
            raise self._unusable("the file was removed or replaced while in use: what it held is gone")
        if self._closed:
            raise self._unusable("is closed")
        connection = connect(self._path)
        try:
            bring_up_to_date(connection, self._schema)
        except BaseException:
            connection.close()
            raise
        self._connection, self._file, self._durable = connection, _identity(self._path), True
        return connection

    def _unusable(self, why: str) -> Unavailable:
        return self._unavailable(f"{self._schema.name} {self._path}: {why}")

    def _listen(self) -> Waiter:
        with self._lock:
            if self._waiter is None or not self._waiter.mine():
                self._waiter = Waiter(self._waiters)
            return self._waiter

    def _version(self) -> int:
        with self._lock, self._translated():
            # Asked hundreds of times a second: whether the file is still there is left to what is done next.
            connection = self._connection or self._open()
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
            return version

    def _bound_log(self, connection: sqlite3.Connection) -> None:
        at = time.monotonic()
        if at >= self._bound_log_at and _size(self._log) > _MOST_LOG_BYTES:
            self._bound_log_at = at + 1.0
            wait_for_locks(connection, _WAIT_FOR_READERS_S)
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            wait_for_locks(connection, BUSY_TIMEOUT_S)

    def _drop(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.close()
        self._notifier.close()
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


@contextmanager
def _all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
