"""The spool: a camera's durable folder of frames that the broker has not yet confirmed.

A frame lands in three steps: written and synced under a temporary name, renamed, the folder synced.
Its sequence is in its name, and the newest landed file is never removed, even after its confirm, before a
newer one has landed. So the highest name is the counter: after a crash at any moment the next sequence
follows on the last, without a counter file to sync beside each frame. ``confirmed`` remembers what
needn't be sent again; it is not synced, as losing it only sends frames twice.
"""

import contextlib
import logging
import os
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.domain.frame import Frame
from marbleline.errors import SpoolFull, WireError
from marbleline.folder_lock import lock_folder
from marbleline.workers.spool_file import (
    Disk,
    Entry,
    Refusal,
    decode,
    encode,
    frame_in,
    name_of,
    parse_name,
)
from marbleline.workers.spool_view import CONFIRMED, FRAMES, captured_at_of, read_confirmed

log = logging.getLogger("marbleline.camera")

_BLOCK: Final = 4096
_ROOM: Final = 0.9  # a full spool takes frames again below this share of its quota, so as not to flap


@dataclass(frozen=True, slots=True)
class Pending:
    """A frame in the spool: what its name tells, and the bytes that it takes of the quota."""

    sequence: int
    frame_id: str
    path: Path
    cost: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``oldest_at`` is when the oldest waiting frame was captured (microseconds UTC)."""

    frames: int
    bytes: int
    oldest_at: int | None


class Spool:
    """One thread lands, one confirms. ``quota`` is in bytes, counted in whole blocks of 4096.

    Raises DataFolderBusy if another camera works on the folder, SpoolFull if it can't be written at all.
    """

    def __init__(self, folder: Path, quota: int, disk: Disk | None = None) -> None:
        self.folder = folder
        self.quota = quota
        self._disk = disk or Disk()
        self._frames = folder / FRAMES
        self._changed = threading.Condition()
        self._pending: deque[Pending] = deque()
        self._bytes = 0
        self._newest: Path | None = None
        self._sequence = 0
        self._last: Frame | None = None
        try:
            self._frames.mkdir(parents=True, exist_ok=True)
            (folder / "damaged").mkdir(exist_ok=True)
            self._lock = lock_folder(
                folder, f"spool {folder}", "give this camera a name or folder of its own"
            )
            self._recover()
            self._disk.sync_folder(folder)
        except OSError as error:
            raise SpoolFull(f"spool {folder} can't be written: {error.strerror or error}") from error

    @property
    def next_sequence(self) -> int:
        """The sequence of the frame that lands next."""
        return self._sequence + 1

    def last(self) -> Frame | None:
        """The last frame that landed, None in a new spool."""
        return self._last

    def figures(self) -> Figures:
        """What waits here for the broker."""
        with self._changed:
            oldest = captured_at_of(self._pending[0].frame_id) if self._pending else None
            return Figures(len(self._pending), self._bytes, oldest)

    def has_room(self) -> bool:
        """Whether a spool that was full is worth another try."""
        with self._changed:
            return self._bytes <= self.quota * _ROOM

    def land(self, frame: Frame, image: bytes, refusal: Refusal | None = None) -> None:
        """Make a frame durable; its ``sequence`` has to be ``next_sequence``.

        Raises SpoolFull if the quota or the disk is used up or the disk can't be written: then nothing has
        landed and the sequence is still free.
        """
        if frame.sequence != self.next_sequence:
            raise ValueError(f"sequence {frame.sequence} can't land: the next is {self.next_sequence}")
        parts = encode(Entry(frame, image, refusal))
        cost = _cost(sum(map(len, parts)))
        if self._bytes and self._bytes + cost > self.quota:
            raise SpoolFull(f"spool {self.folder} holds {self._bytes} of {self.quota} bytes")
        path = self._frames / name_of(frame)
        temporary = path.with_suffix(".tmp")
        try:
            self._disk.write(temporary, parts)
            self._disk.rename(temporary, path)
            self._disk.sync_folder(self._frames)
        except OSError as error:
            for half in (temporary, path):
                with contextlib.suppress(OSError):
                    self._disk.unlink(half)
            raise SpoolFull(f"spool {self.folder} can't be written: {error.strerror or error}") from error
        with self._changed:
            # What was kept only as the counter has a successor now.
            superseded = self._newest if not self._pending else None
            self._pending.append(Pending(frame.sequence, frame.frame_id, path, cost))
            self._bytes += cost
            self._newest, self._sequence, self._last = path, frame.sequence, frame
            self._changed.notify_all()
        if superseded is not None:
            self._remove(superseded)

    def pending(self, limit: int, max_bytes: int) -> list[Pending]:
        """The oldest waiting frames: up to ``limit``, up to ``max_bytes``, but one if there is one."""
        with self._changed:
            chosen: list[Pending] = []
            room = max_bytes
            for entry in self._pending:
                room -= entry.cost
                if len(chosen) == limit or (chosen and room < 0):
                    break
                chosen.append(entry)
            return chosen

    def wait(self, timeout_s: float) -> bool:
        """Wait until a frame is pending, ``wake`` is called or the time is up; True if one is pending."""
        with self._changed:
            if not self._pending:
                self._changed.wait(timeout_s)
            return bool(self._pending)

    def wake(self) -> None:
        """End a ``wait`` at once."""
        with self._changed:
            self._changed.notify_all()

    def read(self, pending: Pending) -> Entry:
        """The frame and its picture. Raises WireError if the file is damaged or gone."""
        try:
            return decode(pending.path.read_bytes())
        except OSError as error:
            raise WireError(f"{pending.path.name} can't be read: {error.strerror}") from error

    def set_aside(self, pending: Pending) -> None:
        """Keep a copy of a damaged file in ``damaged/`` for a person; the entry stays until its confirm."""
        with contextlib.suppress(OSError):
            os.link(pending.path, self.folder / "damaged" / pending.path.name)

    def confirm(self, sequence: int) -> None:
        """All frames up to this sequence are safe elsewhere: remove them."""
        with self._changed:
            done: list[Pending] = []
            while self._pending and self._pending[0].sequence <= sequence:
                done.append(self._pending.popleft())
                self._bytes -= done[-1].cost
            newest = self._newest
        if not done:
            return
        self._note_confirmed(done[-1])
        for entry in done:
            # If it is still the newest, land() removes it once there is a newer.
            if entry.path != newest:
                self._remove(entry.path)

    def close(self) -> None:
        """Let another camera work on the folder. Never raises."""
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _note_confirmed(self, entry: Pending) -> None:
        temporary = self.folder / f"{CONFIRMED}.tmp"
        try:
            temporary.write_text(f"{entry.sequence} {entry.frame_id}\n")
            temporary.replace(self.folder / CONFIRMED)
        except OSError as error:  # a full disk: the newest frame may be sent twice after a restart
            log.debug("spool.note_failed", extra={"detail": str(error)})

    def _remove(self, path: Path) -> None:
        try:
            self._disk.unlink(path)
        except OSError as error:
            log.warning("spool.remove_failed", extra={"file": path.name, "detail": str(error)})

    def _recover(self) -> None:
        confirmed = read_confirmed(self.folder)
        found: dict[int, Pending] = {}
        for path in sorted(self._frames.iterdir()):
            known = parse_name(path.name)
            if known is None:
                if path.suffix == ".tmp":
                    log.info("spool.half_written_removed", extra={"file": path.name})
                    self._remove(path)
                else:
                    log.warning("spool.unknown_file", extra={"file": path.name})
                continue
            sequence, frame_id = known
            if sequence in found:  # a landing that failed and couldn't be undone: the later one counts
                self._remove(found[sequence].path)
            found[sequence] = Pending(sequence, frame_id, path, _cost(path.stat().st_size))
        if not found:
            return
        entries = [found[sequence] for sequence in sorted(found)]
        self._newest, self._sequence = entries[-1].path, entries[-1].sequence
        for entry in entries:
            if entry.sequence > confirmed:
                self._pending.append(entry)
                self._bytes += entry.cost
            elif entry.path != self._newest:
                self._remove(entry.path)
        self._last = next((frame for entry in reversed(entries) if (frame := frame_in(entry.path))), None)
        if self._pending:
            log.info("spool.recovered", extra={"frames": len(self._pending), "bytes": self._bytes})


def _cost(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
