"""Reading the pages of an SQLite file without SQLite, which stops at the first that is damaged.

The format is https://www.sqlite.org/fileformat2.html. Nothing that a page says is trusted: what can't be
so raises ``PageDamaged``, or is left out and counted.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marbleline.adapters.sqlite.checksums import Value
from marbleline.adapters.sqlite.page_size import (
    INDEX_INTERIOR,
    INTERIORS,
    KINDS,
    TABLE_INTERIOR,
    TABLE_LEAF,
    page_size,
)
from marbleline.adapters.sqlite.write_ahead_log import committed_pages
from marbleline.errors import PageDamaged

_MOST_BYTES: Final = 1 << 30
_MOST_COLUMNS: Final = 100
_INTEGER_BYTES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


@dataclass(frozen=True, slots=True)
class StoredRow:
    """``rowid`` is None in a tree that is ordered by its columns: an index, a table WITHOUT ROWID."""

    rowid: int | None
    values: tuple[Value, ...]


@dataclass(slots=True)
class PageFile:
    """A file with what its write-ahead log has committed.

    ``reached``  pages that belong to a row or tree that was read; ``damaged`` those that can't be read
    """

    content: bytes
    logged: dict[int, bytes]
    page_bytes: int
    reached: set[int] = field(default_factory=set)
    damaged: set[int] = field(default_factory=set)

    @property
    def pages(self) -> int:
        """How many pages there are, a last one in part included."""
        return max(-(-len(self.content) // self.page_bytes), max(self.logged, default=0))

    def tree(self, root: int) -> Iterator[StoredRow]:
        """All rows of the tree whose branches can be followed from its root page."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number in self.reached:
                continue
            self.reached.add(number)
            try:
                page = self._page(number)
                waiting += self._children(page, number)
            except (PageDamaged, struct.error):
                self.damaged.add(number)
                continue
            yield from self.rows_of(number)

    def rows_of(self, number: int) -> Iterator[StoredRow]:
        """The rows on one page, each that can be read."""
        try:
            page = self._page(number)
            cells = list(self._cells(page, number))
        except (PageDamaged, struct.error):
            self.damaged.add(number)
            return
        kind = page[_start(number)]
        if kind == TABLE_INTERIOR:
            return
        for place in cells:
            try:
                yield self._row(page, kind, place)
            except (PageDamaged, struct.error, ValueError, IndexError):
                self.damaged.add(number)

    def free(self) -> set[int]:
        """The pages that are free, as far as their list can be followed."""
        found: set[int] = set()
        try:
            (trunk,) = struct.unpack_from(">I", self._page(1), 32)
            while trunk and trunk not in found:
                found.add(trunk)
                page = self._page(trunk)
                trunk, count = struct.unpack_from(">II", page)
                found.update(struct.unpack_from(f">{min(count, self.page_bytes // 4 - 2)}I", page, 8))
        except (PageDamaged, struct.error):
            pass
        return found

    def _page(self, number: int) -> bytes:
        logged = self.logged.get(number)
        if logged is not None:
            return logged
        page = self.content[(number - 1) * self.page_bytes : number * self.page_bytes] if number > 0 else b""
        if len(page) < self.page_bytes:
            raise PageDamaged(f"there is no page {number}")
        return page

    def _children(self, page: bytes, number: int) -> list[int]:
        start = _start(number)
        if page[start] not in INTERIORS:
            return []
        (last,) = struct.unpack_from(">I", page, start + 8)
        return [last, *(struct.unpack_from(">I", page, place)[0] for place in self._cells(page, number))]

    def _cells(self, page: bytes, number: int) -> Iterator[int]:
        start = _start(number)
        if page[start] not in KINDS:
            raise PageDamaged(f"page {number} is of no kind")
        (count,) = struct.unpack_from(">H", page, start + 3)
        first = start + (12 if page[start] in INTERIORS else 8)
        if first + 2 * count > self.page_bytes:
            raise PageDamaged(f"page {number} has {count} cells")
        for place in struct.unpack_from(f">{count}H", page, first):
            if first <= place < self.page_bytes:
                yield place
            else:
                self.damaged.add(number)

    def _row(self, page: bytes, kind: int, place: int) -> StoredRow:
        if kind == INDEX_INTERIOR:
            place += 4
        size, place = _varint(page, place)
        rowid = None
        if kind == TABLE_LEAF:
            rowid, place = _varint(page, place)
            rowid -= (rowid >> 63) << 64
        payload, chain = self._payload(page, kind, place, size)
        row = StoredRow(rowid, _values(payload))
        self.reached.update(chain)
        return row

    def _payload(self, page: bytes, kind: int, place: int, size: int) -> tuple[bytes, list[int]]:
        if size > min(_MOST_BYTES, self.pages * self.page_bytes):
            raise PageDamaged(f"a row of {size} bytes")
        most = self.page_bytes - 35 if kind == TABLE_LEAF else (self.page_bytes - 12) * 64 // 255 - 23
        if size <= most:
            local = size
        else:
            least = (self.page_bytes - 12) * 32 // 255 - 23
            local = least + (size - least) % (self.page_bytes - 4)
            local = local if local <= most else least
        parts, chain = [page[place : place + local]], []
        left, place = size - local, place + local
        (following,) = struct.unpack_from(">I", page, place) if left else (0,)
        while left > 0:
            chain.append(following)
            further = self._page(following)
            (following,) = struct.unpack_from(">I", further)
            parts.append(further[4 : 4 + left])
            left -= self.page_bytes - 4
        payload = b"".join(parts)
        if len(payload) != size:
            raise PageDamaged("a row is cut off")
        return payload, chain


def read_file(path: Path) -> PageFile:
    """A file and its write-ahead log; empty where there is none. Raises OSError."""
    content = path.read_bytes() if path.exists() else b""
    beside = path.with_name(path.name + "-wal")
    log = beside.read_bytes() if beside.exists() else b""
    return PageFile(content, committed_pages(log), page_size(content, log))


def _start(number: int) -> int:
    return 100 if number == 1 else 0


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(8):
        byte = content[place + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + count + 1
    return value << 8 | content[place + 8], place + 9


def _values(payload: bytes) -> tuple[Value, ...]:
    end, place = _varint(payload, 0)
    if end > len(payload):
        raise PageDamaged("a row's header is longer than the row")
    kinds = []
    while place < end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    if len(kinds) > _MOST_COLUMNS or place != end:
        raise PageDamaged("a row's header is wrong")
    values = []
    for kind in kinds:
        value, place = _value(payload, kind, place)
        values.append(value)
    if place != len(payload):
        raise PageDamaged("a row is longer than its columns")
    return tuple(values)


def _value(payload: bytes, kind: int, place: int) -> tuple[Value, int]:
    if kind == 0:
        return None, place
    if kind in (8, 9):
        return kind - 8, place
    if kind in _INTEGER_BYTES:
        end = place + _INTEGER_BYTES[kind]
        return int.from_bytes(payload[place:end], "big", signed=True), end
    if kind == 7:
        (number,) = struct.unpack_from(">d", payload, place)
        return float(number), place + 8
    if kind < 12:
        raise PageDamaged(f"a value of kind {kind}")
    end = place + (kind - 12) // 2
    if end > len(payload):
        raise PageDamaged("a value is cut off")
    return (payload[place:end].decode() if kind % 2 else payload[place:end]), end
