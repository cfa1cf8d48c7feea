"""What the tests of the SQLite adapters share."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from marbleline.adapters.sqlite import Database, Schema
from marbleline.errors import BrokerUnavailable

NOTES = Schema(
    name="notebook",
    application_id=0x4D426E6F,
    steps=("CREATE TABLE notes (id INTEGER PRIMARY KEY, note BLOB);\n",),
)


def notebook(path: Path, schema: Schema = NOTES) -> Database:
    """A small database."""
    return Database(path, schema, BrokerUnavailable)


def add(database: Database, *notes: bytes | str, durable: bool = True) -> None:
    with database.write(durable=durable) as connection:
        connection.executemany("INSERT INTO notes (note) VALUES (?)", [(note,) for note in notes])


def notes(database: Database) -> list[bytes | str]:
    with database.read() as connection:
        return [note for (note,) in connection.execute("SELECT note FROM notes ORDER BY id")]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own that is soon full; skips where this user can't mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("a small tmpfs is mounted as root on Linux only")
    if (done := subprocess.run(mount, capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def plans(database: Database, statements: list[str]) -> dict[str, list[str]]:
    """Statement -> the steps of its query plan."""
    with database.read() as connection:
        return {
            statement: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            for statement in statements
        }


@contextmanager
def traced(database: Database) -> Iterator[list[str]]:
    """Every SELECT, INSERT, UPDATE and DELETE that runs meanwhile, with its values."""
    statements: list[str] = []

    def note(statement: str) -> None:
        if statement.split(maxsplit=1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            statements.append(statement)

    with database.read() as connection:
        connection.set_trace_callback(note)
    try:
        yield statements
    finally:
        with database.read() as connection:
            connection.set_trace_callback(None)
