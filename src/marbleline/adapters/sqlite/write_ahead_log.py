"""What a write-ahead log has committed, read without SQLite (https://www.sqlite.org/fileformat2.html#walformat)."""

import struct
from collections.abc import Iterator
from typing import Final

_HEADER: Final = 32
_FRAME_HEADER: Final = 24
PAGE_SIZES: Final = frozenset(1 << power for power in range(9, 17))
"""Bytes of a page that SQLite knows."""

_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}
_MASK: Final = 0xFFFFFFFF
# Where the wal-index has a copy of its header's mxFrame: how many frames are committed.
_SHM_MAX_FRAME: Final = 16
_SHM_SALTS: Final = 32


def committed_pages(log: bytes) -> dict[int, bytes]:
    """Page number -> its newest content, up to the last commit whose frames are all right."""
    committed: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for number, size, page in _frames(log):
        pending[number] = page
        if size:
            committed |= pending
            pending = {}
    return committed


def logged_page_size(log: bytes) -> int | None:
    """Bytes of a page, as the log's header says; None if there is no log or its header is wrong."""
    header = _header(log)
    return None if header is None else header[1]


def missing_frames(log: bytes, index: bytes) -> int:
    """How many frames were committed, as the ``-shm`` file says, that the log has no more.

    0 if the index is of another log, as after a power cut, or says nothing.
    """
    if len(index) < 48 or len(log) < _HEADER:
        return 0
    (most,) = struct.unpack_from("=I", index, _SHM_MAX_FRAME)
    if index[_SHM_SALTS : _SHM_SALTS + 8] != log[16:24]:
        return 0
    found = 0
    for place, (_, size, _) in enumerate(_frames(log), 1):
        if size:
            found = place
    return max(0, int(most) - found)


def _frames(log: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(page number, size of the file in pages if it commits, content) of each frame that is right."""
    found = _header(log)
    if found is None:
        return
    order, page_bytes, sums = found
    salts = log[16:24]
    for start in range(_HEADER, len(log) - _FRAME_HEADER - page_bytes + 1, _FRAME_HEADER + page_bytes):
        header = log[start : start + _FRAME_HEADER]
        page = log[start + _FRAME_HEADER : start + _FRAME_HEADER + page_bytes]
        sums = _checksum(page, order, _checksum(header[:8], order, sums))
        if header[8:16] != salts or sums != struct.unpack(">II", header[16:]):
            return
        number, size = struct.unpack_from(">II", header)
        yield number, size, page


def _header(log: bytes) -> tuple[str, int, tuple[int, int]] | None:
    """Byte order of the checksums, bytes of a page and the header's own checksum; None if it is wrong."""
    if len(log) < _HEADER:
        return None
    magic, _, page_bytes = struct.unpack_from(">III", log)
    order = _MAGIC.get(magic)
    if order is None or page_bytes not in PAGE_SIZES:
        return None
    sums = _checksum(log[:24], order, (0, 0))
    return (order, page_bytes, sums) if sums == struct.unpack_from(">II", log, 24) else None


def _checksum(content: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for place in range(0, len(words), 2):
        first = (first + words[place] + second) & _MASK
        second = (second + words[place + 1] + first) & _MASK
    return first, second
