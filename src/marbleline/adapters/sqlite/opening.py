"""Opening a file, and waiting for others who use it."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.adapters.sqlite import checksums
from marbleline.adapters.sqlite.page_size import PAGE_BYTES

BUSY_TIMEOUT_S: Final = 5.0
# Large enough that pages which are freed soon after (a queue's bodies) are checkpointed once or never.
CHECKPOINT_BYTES: Final = 16 << 20
_CACHE_BYTES: Final = 8 << 20
_RETRY_S: Final = 0.001

REMEDY: Final = "the file is damaged: stop the line and run `marbleline repair` (docs/runbook.md)"


def connect(path: Path, page_bytes: int = PAGE_BYTES) -> sqlite3.Connection:
    """Open a file, made if it isn't there, in WAL mode with ``synchronous=FULL``.

    ``page_bytes`` is for a new file: one that is there keeps the pages that it was made with.

    Raises sqlite3.Error, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA page_size = {page_bytes}")
        # SQLite doesn't call its busy handler for this one, and two processes may start together.
        retry_while_locked(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        connection.execute("PRAGMA synchronous = FULL")
        # On a Mac a plain fsync stops at the drive's own cache; elsewhere this says nothing new.
        connection.execute("PRAGMA fullfsync = ON")
        (made_with,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_BYTES // made_with}")
        connection.execute(f"PRAGMA journal_size_limit = {2 * CHECKPOINT_BYTES}")
        connection.execute(f"PRAGMA cache_size = {-_CACHE_BYTES // 1024}")
        # Some builds overwrite what is deleted with zeros: every body would be written twice.
        connection.execute("PRAGMA secure_delete = OFF")
        # A cell that reaches beyond its page is an error when the page is read, not a wrong answer.
        connection.execute("PRAGMA cell_size_check = ON")
        checksums.register(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def begin_writing(connection: sqlite3.Connection) -> None:
    """Begin a transaction with the file's one write lock."""
    # SQLite's own busy handler waits longer each time, so that one of many writers may starve.
    wait_for_locks(connection, 0)
    try:
        retry_while_locked(lambda: connection.execute("BEGIN IMMEDIATE"))
    finally:
        wait_for_locks(connection, BUSY_TIMEOUT_S)


def wait_for_locks(connection: sqlite3.Connection, seconds: float) -> None:
    """How long a statement waits for other connections."""
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


def retry_while_locked(action: Callable[[], object]) -> None:
    """Do it as soon as no other connection is in the way; raises after BUSY_TIMEOUT_S."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            action()
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def code_of(error: sqlite3.Error) -> int | None:
    """SQLite's result code without what it adds as detail; None for an error of Python's module."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file's content is wrong: no later try would help."""
    if code_of(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return True
    # Said by Python's module itself, without a code: a text that is no UTF-8.
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode to UTF-8")


def embedded_file(address: str, data: Path, name: str) -> Path:
    """The file of an address ``sqlite:FILE``; without one, the file of this name in the line's folder."""
    if address in ("", "sqlite:"):
        data.mkdir(parents=True, exist_ok=True)
        return data / name
    return Path(address.removeprefix("sqlite:"))
