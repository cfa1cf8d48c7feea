"""From a damaged file into a new one: every row that can still be read and whose checksum is right.

Pages are read one by one (``pages``), so that a damaged one costs its own rows only: first the trees from
their roots, then pages that no tree leads to any more, whose rows tell by their checksum whose they are.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from marbleline.adapters.sqlite import checksums
from marbleline.adapters.sqlite.checksums import Value
from marbleline.adapters.sqlite.pages import PageFile, StoredRow
from marbleline.adapters.sqlite.schema import Schema

_MASTER: Final = 1


@dataclass(frozen=True, slots=True)
class _Table:
    """``stored`` are its columns in the file's order, ``rowid`` the one that is the row's number.

    ``key``  the column that tells rows apart where they have no number
    """

    name: str
    stored: tuple[str, ...]
    rowid: str | None
    key: str | None
    ordered: bool
    reals: frozenset[str]


@dataclass(slots=True)
class Salvaged:
    """What came of a file.

    ``kept``     table -> rows that are in the new file
    ``gone``     table -> rows that a page or an index still tells of and that could not be read
    ``damaged``  pages that could not be read at all or not whole, of ``pages``
    ``wrong``    table -> rows whose checksum is wrong; ``named`` index -> its entries. Both as
                 they were read: they may be wrong.
    """

    pages: int = 0
    damaged: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[Mapping[str, Value]]] = field(default_factory=dict)
    named: dict[str, list[tuple[Value, ...]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Progress:
    """Of one table: the keys of rows that are told of, and of those that are in the new file."""

    table: _Table
    covered: tuple[str, ...] | None
    seen: set[Value] = field(default_factory=set)
    kept: set[Value] = field(default_factory=set)
    rows: int = 0
    wrong: list[Mapping[str, Value]] = field(default_factory=list)


def salvage(
    file: PageFile, fresh: sqlite3.Connection, schema: Schema, skipped: Collection[str] = ()
) -> Salvaged:
    """Copy what is readable of ``file`` into ``fresh``, an empty file of the same schema and page size.

    Tables in ``skipped`` are left empty. Runs within the caller's transaction.
    """
    found = {name: _Progress(table, schema.checked.get(name)) for name, table in _tables(fresh).items()}
    roots, indexes = _roots(file, fresh)
    named: dict[str, list[tuple[Value, ...]]] = {}
    for name, progress in found.items():
        for row in file.tree(roots[name]):
            if name not in skipped:
                _keep(fresh, progress, row)
    for index, (name, root) in indexes.items():
        named[index] = [row.values for row in file.tree(root) if row.values]
        # The last column of an index is the row's number, or the key of a table without.
        found[name].seen.update(values[-1] for values in named[index])
    wanted = [progress for name, progress in found.items() if name not in skipped and progress.covered]
    for row in _unreachable_rows(file):
        next((True for progress in wanted if _keep(fresh, progress, row, unreachable=True)), False)
    return Salvaged(
        file.pages,
        len(file.damaged),
        {name: one.rows for name, one in found.items() if name not in skipped},
        {name: len(one.seen - one.kept) for name, one in found.items() if name not in skipped},
        {name: one.wrong for name, one in found.items()},
        named,
    )


def _keep(
    fresh: sqlite3.Connection, progress: _Progress, row: StoredRow, *, unreachable: bool = False
) -> bool:
    """Insert a row if it is right. An ``unreachable`` one is right by its checksum only."""
    table, covered = progress.table, progress.covered
    values = _named(table, row)
    if values is None:
        return False
    key = row.rowid if table.key is None else values.get(table.key)
    unknown = not covered or values.get(checksums.COLUMN) is None
    if not unreachable:
        progress.seen.add(key)
    if not ((unknown and not unreachable) or (covered and checksums.right(table.name, covered, values))):
        if not unreachable:
            progress.wrong.append(values)
        return False
    names, places = ", ".join(values), ", ".join("?" * len(values))
    try:
        inserted = fresh.execute(
            f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({places})",  # noqa: S608
            list(values.values()),
        ).rowcount
    except (sqlite3.Error, OverflowError, UnicodeError):
        return False
    progress.kept.add(key)
    progress.rows += inserted
    return True


def _named(table: _Table, row: StoredRow) -> Mapping[str, Value] | None:
    """Column -> value; None if it cannot be a row of this table. Columns that were added later are NULL."""
    if (row.rowid is None) is not table.ordered or not 0 < len(row.values) <= len(table.stored):
        return None
    values: dict[str, Value] = dict(zip(table.stored, row.values, strict=False))
    for name, value in values.items():
        if name in table.reals and isinstance(value, int):
            values[name] = float(value)
    if table.rowid is not None:
        values[table.rowid] = row.rowid
    return values


def _unreachable_rows(file: PageFile) -> Iterator[StoredRow]:
    free = file.free()
    for number in range(2, file.pages + 1):
        if number not in file.reached and number not in free:
            damaged = set(file.damaged)
            yield from file.rows_of(number)
            file.damaged = damaged  # a page of overflow or of nothing isn't damaged for being no tree's


def _tables(fresh: sqlite3.Connection) -> dict[str, _Table]:
    found: dict[str, _Table] = {}
    for name, sql in fresh.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        columns = fresh.execute(f"PRAGMA table_info('{name}')").fetchall()
        keys = [one[1] for one in sorted(columns, key=lambda one: one[5]) if one[5]]
        names = [one[1] for one in columns]
        ordered = "WITHOUT ROWID" in sql
        stored = [*keys, *(one for one in names if one not in keys)] if ordered else names
        kinds = {one[1]: one[2] for one in columns}
        alias = keys[0] if not ordered and len(keys) == 1 and kinds[keys[0]] == "INTEGER" else None
        reals = frozenset(one for one, kind in kinds.items() if kind == "REAL")
        found[name] = _Table(name, tuple(stored), alias, keys[-1] if ordered else None, ordered, reals)
    return found


def _roots(file: PageFile, fresh: sqlite3.Connection) -> tuple[dict[str, int], dict[str, tuple[str, int]]]:
    """Table -> root page, index -> (table, root page): as the file says, else as a new file has them."""
    known = {
        name: (kind, table, root)
        for kind, name, table, root in fresh.execute(
            "SELECT type, name, tbl_name, rootpage FROM sqlite_master WHERE rootpage > 0"
        )
    }
    for row in list(file.tree(_MASTER)):
        if len(row.values) >= 4:
            kind, name, table, root = row.values[:4]
            if (
                isinstance(name, str)
                and isinstance(root, int)
                and known.get(name, ("", "", 0))[:2] == (kind, table)
            ):
                known[name] = (str(kind), str(table), root)
    own = {name: one for name, one in known.items() if not one[1].startswith("sqlite_")}
    tables = {name: root for name, (kind, _, root) in own.items() if kind == "table"}
    return tables, {name: (table, root) for name, (kind, table, root) in own.items() if kind == "index"}
