"""The files of a spool's frames: written, synced and named; removed, or kept for other frames.

Making and removing a file for each frame costs more than writing it. So a released frame's file becomes a
spare one, which a later frame is written over: docs/decisions/0336-released-frames-leave-spare-files.md. It
gets another name first, and is not touched before a sync of the folder made that durable: otherwise a
power cut could bring back the old name with half of another frame behind it.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.pipeline.camera.spool_file import Disk

log = logging.getLogger("marbleline.camera")

# With this ending every version of the spool removes what it finds at its start.
SPARE: Final = ".spare.tmp"
_MOST: Final = 128
_SHARE: Final = 16


@dataclass(frozen=True, slots=True)
class SpareFile:
    """A file to be written over, and the bytes that it takes of the quota."""

    path: Path
    cost: int


class FrameFiles:
    """What one spool does to its files. Any thread may call.

    Spare files are at most 128, and take at most a 16th of ``quota`` bytes.
    """

    def __init__(self, folder: Path, disk: Disk, quota: int) -> None:
        self._folder = folder
        self._disk = disk
        self._most_bytes = quota // _SHARE
        self._lock = threading.Lock()
        self._number = 0
        # Of all of which there are, or for which a place is reserved.
        self._spares = 0
        self._spare_bytes = 0
        self._renamed: set[SpareFile] = set()
        self._ready: deque[SpareFile] = deque()

    @property
    def spare_bytes(self) -> int:
        """What the spare files take of the quota."""
        with self._lock:
            return self._spare_bytes

    def take(self) -> SpareFile | None:
        """A spare file to ``write`` over, no longer counted; None if there is none."""
        with self._lock:
            if not self._ready:
                return None
            spare = self._ready.popleft()
            self._count(-1, -spare.cost)
            return spare

    def write(self, path: Path, parts: Sequence[bytes], spare: SpareFile | None = None) -> None:
        """Make a frame's content and then its name durable. Raises OSError; the frame is not there then.

        A spare file that can't be used is removed, and a new one made.
        """
        temporary = path.with_suffix(".tmp")
        try:
            if spare is not None and self._overwrite(spare, parts):
                temporary = spare.path
            else:
                self._disk.write(temporary, parts)
            with self._lock:
                renamed = frozenset(self._renamed)
            self._disk.rename(temporary, path)
            self._disk.sync_folder(self._folder)
        except OSError:
            for half in (temporary, path):
                with contextlib.suppress(OSError):
                    self._disk.unlink(half)
            raise
        with self._lock:
            # Only those that had their names before the sync began.
            self._ready.extend(renamed & self._renamed)
            self._renamed -= renamed

    def reserve(self, cost: int, room: int) -> bool:
        """Whether a file of ``cost`` bytes may become a spare one, with ``room`` bytes left of the quota."""
        with self._lock:
            if self._spares >= _MOST or cost > min(room, self._most_bytes - self._spare_bytes):
                return False
            self._count(1, cost)
            return True

    def discard(self, path: Path, cost: int, *, kept: bool) -> None:
        """Make a file a spare one, if its place is reserved, or remove it."""
        if not kept:
            self.remove(path)
            return
        with self._lock:
            self._number += 1
            spare = SpareFile(self._folder / f"{self._number:06d}{SPARE}", cost)
        try:
            self._disk.rename(path, spare.path)
        except OSError as error:
            log.debug("spool.spare_failed", extra={"file": path.name, "detail": str(error)})
            with self._lock:
                self._count(-1, -cost)
            self.remove(path)
            return
        with self._lock:
            self._renamed.add(spare)

    def give_way(self, size: int) -> int:
        """Remove so many bytes of spare files, if there are; the bytes that were removed."""
        chosen: list[SpareFile] = []
        removed = 0
        with self._lock:
            while removed < size and (self._ready or self._renamed):
                spare = self._ready.pop() if self._ready else self._renamed.pop()
                self._count(-1, -spare.cost)
                removed += spare.cost
                chosen.append(spare)
        for spare in chosen:
            self.remove(spare.path)
        return removed

    def remove(self, path: Path) -> None:
        """Remove a file. Never raises."""
        try:
            self._disk.unlink(path)
        except OSError as error:
            log.warning("spool.remove_failed", extra={"file": path.name, "detail": str(error)})

    def _overwrite(self, spare: SpareFile, parts: Sequence[bytes]) -> bool:
        try:
            return self._disk.overwrite(spare.path, parts)
        except OSError as error:
            log.debug("spool.spare_failed", extra={"file": spare.path.name, "detail": str(error)})
            self.remove(spare.path)
            return False

    def _count(self, files: int, cost: int) -> None:
        self._spares += files
        self._spare_bytes += cost
