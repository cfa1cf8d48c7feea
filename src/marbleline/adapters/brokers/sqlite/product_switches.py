"""The newest product switch of each line: a row each."""

import sqlite3
from typing import Final

from marbleline.domain.product_switch import ProductSwitch

_PUT: Final = (
    "INSERT INTO product_switches (line, switch_id, document, checksum)"
    " VALUES (?1, ?2, ?3, row_checksum('product_switches', ?1, ?2, ?3))"
    " ON CONFLICT (line) DO UPDATE SET switch_id = excluded.switch_id, document = excluded.document,"
    " checksum = excluded.checksum WHERE excluded.switch_id > product_switches.switch_id"
)


def put(connection: sqlite3.Connection, switch: ProductSwitch) -> None:
    """Keep a switch unless a newer one is there."""
    connection.execute(_PUT, (switch.line, switch.switch_id, switch.to_json()))


def newest(connection: sqlite3.Connection, line: str) -> ProductSwitch | None:
    """The line's newest switch."""
    found = connection.execute("SELECT document FROM product_switches WHERE line = ?", (line,)).fetchone()
    return None if found is None else ProductSwitch.from_json(found[0])
