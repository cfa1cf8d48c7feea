"""What an SQLite file holds, and how an older one is brought up to date."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from marbleline.errors import WrongFile


@dataclass(frozen=True, slots=True)
class Schema:
    """``name`` is for people, in error texts.

    ``application_id``  marks the file, so that another program's is refused
    ``steps``           SQL scripts, each statement ending at ``;`` and a new line; the file's version is
                        how many of them it has had, so a step that was released never changes
    ``checked``         table -> the columns that a row's checksum covers (``checksums``)
    ``contradictions``  what is wrong -> a query that finds how often, where rows are right one by one
    """

    name: str
    application_id: int
    steps: tuple[str, ...]
    checked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contradictions: Mapping[str, str] = field(default_factory=dict)


def bring_up_to_date(connection: sqlite3.Connection, schema: Schema) -> None:
    """Run the steps that the file hasn't had, all or none; several processes may do so at once.

    Raises WrongFile, sqlite3.Error.
    """
    _check(connection, schema)
    if _version(connection) == len(schema.steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in schema.steps[_version(connection) :]:
            for statement in step.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.application_id}")
        connection.execute(f"PRAGMA user_version = {len(schema.steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection, schema: Schema) -> None:
    # In one transaction, for another process may just be making the tables.
    connection.execute("BEGIN")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    version = _version(connection)
    connection.execute("COMMIT")
    if found != schema.application_id and (found or version or tables):
        raise WrongFile(f"is no {schema.name} of Marbleline; name another file")
    if version > len(schema.steps):
        raise WrongFile(
            f"was written by a newer version of Marbleline (schema {version}, this one knows"
            f" {len(schema.steps)}); update this worker"
        )


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
