"""How large an SQLite file's pages are, also where its first page, which says so, is damaged.

A row of 230 KB is 57 pages of 4 KB: as many writes, and as many reads each time that it is read or deleted.
Larger pages are fewer, but a transaction writes whole pages, so that small rows cost more bytes.
"""

import struct
from typing import Final

from marbleline.adapters.sqlite.write_ahead_log import PAGE_SIZES, logged_page_size

PAGE_BYTES: Final = 8192
"""Of a new file."""

OLDER_PAGE_BYTES: Final = 4096
"""Of a file that an earlier version made: it keeps them."""

TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR = 0x0D, 0x05, 0x0A, 0x02
INTERIORS: Final = (TABLE_INTERIOR, INDEX_INTERIOR)
KINDS: Final = (TABLE_LEAF, INDEX_LEAF, *INTERIORS)

_MAGIC: Final = b"SQLite format 3\0"
_FILE_HEADER: Final = 100


def page_size(content: bytes, log: bytes) -> int:
    """Bytes of a page, by the write-ahead log's header, which has a checksum, or by what the pages look like.

    ``content`` may be damaged anywhere: what its header says is one candidate, what files are made with are
    others. Right is the one at whose multiples most pages of a tree begin; ``PAGE_BYTES`` if none is left.
    """
    logged = logged_page_size(log)
    if logged is not None:
        return logged
    candidates = [PAGE_BYTES, OLDER_PAGE_BYTES]
    if content.startswith(_MAGIC):
        said = int.from_bytes(content[16:18], "big")
        candidates[:0] = PAGE_SIZES & {65536 if said == 1 else said}
    # The first of those that are alike.
    return max(candidates, key=lambda size: _tree_pages(content, size))


def _tree_pages(content: bytes, size: int) -> int:
    return sum(_is_tree_page(content, first, size) for first in range(0, len(content) - size + 1, size))


def _is_tree_page(content: bytes, first: int, size: int) -> bool:
    header = first + (0 if first else _FILE_HEADER)
    if content[header] not in KINDS:
        return False
    cells, start = struct.unpack_from(">HH", content, header + 3)
    pointers = header + (12 if content[header] in INTERIORS else 8)
    # A page of 64 KB whose cells begin at its end says 0.
    if not pointers - first + 2 * cells <= (start or 65536) <= size:
        return False
    return all(place < size for place in struct.unpack_from(f">{cells}H", content, pointers))
