"""A checksum in each row: SQLite finds a broken tree by itself, but not a flipped bit in a picture or text.

Statements compute it by the SQL function ``row_checksum``, as ``row_checksum('frames', ?1, ?2)``. A row whose
checksum is NULL was written before there were any.
"""

import sqlite3
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

Value = str | bytes | int | float | None

COLUMN: Final = "checksum"


def row_checksum(table: str, *values: Value) -> int:
    """CRC-32 (ISO 3309) of a table's name and the values, each with its kind and length.

    Whole numbers count as floats: SQLite stores 1.0 as 1.
    """
    crc = zlib.crc32(table.encode())
    for value in values:
        match value:
            case None:
                kind, content = b"n", b""
            case str():
                kind, content = b"t", value.encode()
            case bytes():
                kind, content = b"b", value
            case _:
                kind, content = b"f", struct.pack("<d", value)
        crc = zlib.crc32(content, zlib.crc32(kind + struct.pack("<Q", len(content)), crc))
    return crc


def register(connection: sqlite3.Connection) -> None:
    """Let statements of this connection call ``row_checksum``."""
    connection.create_function("row_checksum", -1, row_checksum, deterministic=True)


def call(table: str, columns: Sequence[str]) -> str:
    """The SQL expression of a row's checksum over these columns or parameters."""
    return f"row_checksum('{table}', {', '.join(columns)})"


def right(table: str, columns: Sequence[str], row: Mapping[str, Value]) -> bool:
    """Whether a row that was read from a file has the checksum of its values. False if it has none."""
    found = row.get(COLUMN)
    return found is not None and found == row_checksum(table, *(row[name] for name in columns))
