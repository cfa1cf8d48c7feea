"""The notes beside a spool's frames: which frame the broker confirmed last, and which was released last.

A note is overwritten in place for each frame and not synced: ``kill -9`` loses nothing of it, a power cut
what was noted in its last half minute. Two copies take turns, each with a checksum, so that one is whole at
any moment and whoever reads a running camera's note gets the newest. A small file that is written and renamed
each time costs ten times as much: docs/decisions/0335-notes-of-the-spool-in-place.md.
"""

import contextlib
import os
import re
import threading
import zlib
from pathlib import Path
from typing import Final

CONFIRMED: Final = "confirmed"
RELEASED: Final = "released"
_COPY: Final = 128
_COPY_TEXT: Final = re.compile(rb"((\d{1,12}) [0-9a-f-]{36} (\d{1,20})) ([0-9a-f]{8}) *\n")
# As written before 0335: a file of its own each time, renamed over the last.
_ALONE: Final = re.compile(rb"(\d{1,12}) [0-9a-f-]{36}\n")
_READS: Final = 3


class SpoolNote:
    """One note of a spool that this process works on. Any thread may write."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / name
        self._lock = threading.Lock()
        self._number = 0
        self._descriptor: int | None = None

    def write(self, sequence: int, frame_id: str) -> None:
        """Note a frame. Raises OSError; the note before is still there then."""
        with self._lock:
            self._number += 1
            copy = _encode(sequence, frame_id, self._number)
            # A file that was replaced or removed meanwhile is nobody's note any more.
            if self._descriptor is None or not os.fstat(self._descriptor).st_nlink:
                self._make(copy)
            else:
                os.pwrite(self._descriptor, copy, self._number % 2 * _COPY)

    def close(self) -> None:
        """Close the file. Never raises."""
        with self._lock:
            if self._descriptor is not None:
                with contextlib.suppress(OSError):
                    os.close(self._descriptor)
                self._descriptor = None

    def _make(self, copy: bytes) -> None:
        """Replace what another process left, in one step and with both copies whole."""
        temporary = self._path.with_name(f"{self._path.name}.tmp")
        temporary.write_bytes(copy * 2)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CLOEXEC)
        try:
            temporary.replace(self._path)
        except OSError:
            os.close(descriptor)
            raise
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = descriptor


def read_note(folder: Path, name: str) -> int:
    """The sequence in a note, 0 if there is no note or a power cut spoiled it. Never older than the call.

    ``CONFIRMED``: the highest that the broker has confirmed. ``RELEASED``: the last frame that was released
    while it was the newest, so that its file stayed.
    """
    path = folder / name
    found: list[tuple[int, int]] = []
    for _ in range(_READS):
        try:
            content = path.read_bytes()
        except OSError:
            return 0
        if alone := _ALONE.fullmatch(content):
            return int(alone[1])
        found = [
            (int(match[3]), int(match[2]))
            for match in (_COPY_TEXT.fullmatch(content[:_COPY]), _COPY_TEXT.fullmatch(content[_COPY:]))
            if match is not None and zlib.crc32(match[1]) == int(match[4], 16)
        ]
        # A copy that is not whole is being written: the other may be as old as the read before the last.
        if len(found) == 2:
            break
    return max(found)[1] if found else 0


def _encode(sequence: int, frame_id: str, number: int) -> bytes:
    text = b"%d %b %d" % (sequence, frame_id.encode("ascii"), number)
    return (b"%b %08x" % (text, zlib.crc32(text))).ljust(_COPY - 1) + b"\n"
