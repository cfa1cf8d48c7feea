"""Columns and rows that follow from a message's declaration, ``WireStruct.search_columns``."""

from collections.abc import Callable
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Final

from marbleline.adapters.sqlite.checksums import COLUMN, call
from marbleline.domain.clock import Time
from marbleline.domain.wire import WireStruct, field_types

Value = str | int | float | None

_TYPES: Final[dict[object, str]] = {
    str: "TEXT",
    int: "INTEGER",
    Time: "INTEGER",
    float: "REAL",
    bool: "INTEGER",
}


def column(kind: type[WireStruct], name: str) -> str:
    """A column's definition, such as ``slab_id TEXT``; NOT NULL unless the field may be None."""
    of: object = kind
    optional = False
    for step in kind.search_columns[name].split("."):
        if not (isinstance(of, type) and issubclass(of, WireStruct)):
            raise TypeError(f"{kind.__name__}.search_columns: {name} leads to no field")
        fields = {field: (plain, may_be_none) for field, plain, may_be_none, _ in field_types(of)}
        # What is no field is a property: an id that is put together of others.
        of, optional = fields.get(step, (str, False))
    if isinstance(of, type) and issubclass(of, Enum):
        of = str
    return f"{name} {_TYPES[of]}{'' if optional else ' NOT NULL'}"


def columns(kind: type[WireStruct], key: str = "") -> str:
    """All columns, one a line, each with a comma; ``key`` names the primary key."""
    made = (column(kind, name) + (" PRIMARY KEY" if name == key else "") for name in kind.search_columns)
    return "".join(f"    {one},\n" for one in made)


def insert(table: str, kind: type[WireStruct], *others: str, key: str = "") -> str:
    """The statement that puts a row in: the declared columns, ``others``, then the row's number ``key``.

    The row's checksum covers all but the number.
    """
    names = checked(kind, *others)
    values = [f"?{place}" for place in range(1, len(names) + 1)]
    into = [*names, COLUMN, *([key] if key else [])]
    given = [*values, call(table, values), *([f"?{len(names) + 1}"] if key else [])]
    return f"INSERT INTO {table} ({', '.join(into)}) VALUES ({', '.join(given)})"  # noqa: S608


def checked(kind: type[WireStruct], *others: str) -> tuple[str, ...]:
    """The columns that a row's checksum covers: the declared ones, then ``others``."""
    return (*kind.search_columns, *others)


def row(record: WireStruct) -> tuple[Value, ...]:
    """The declared columns' values, in order."""
    return _row_of(type(record))(record)


@cache
def _row_of(kind: type[WireStruct]) -> Callable[[WireStruct], tuple[Value, ...]]:
    return attrgetter(*kind.search_columns.values())
