"""The spool: a camera's durable folder of frames, each kept until it is recorded.

The reasons are in docs/decisions/0102-frames-stay-in-the-spool-until-recorded.md.

A frame is pending until the broker has confirmed it, and then retained until its record is certain. Retained
frames give way to new ones: only pending frames make a spool full. The files of released frames are kept as
spares, which the next frames are written over, and give way first.

A frame lands in three steps: written and synced under a temporary name, renamed, the folder synced.
Its sequence is in its name, and the newest landed file is never removed, even after its confirm, before a
newer one has landed. So the highest name is the counter: after a crash at any moment the next sequence
follows on the last, without a counter file to sync beside each frame. ``confirmed`` remembers what
needn't be sent again; it is not synced, as losing it only sends frames twice.
"""

import contextlib
import errno
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.domain.frame import Frame, captured_at_of
from marbleline.errors import SpoolFull, WireError
from marbleline.folder_lock import lock_folder
from marbleline.pipeline.camera.frame_files import SPARE, FrameFiles
from marbleline.pipeline.camera.spool_file import (
    CaptureRejection,
    Disk,
    Entry,
    decode,
    encode,
    frame_in,
    name_of,
    parse_name,
)
from marbleline.pipeline.camera.spool_note import CONFIRMED, RELEASED, SpoolNote, read_note
from marbleline.pipeline.camera.spool_view import FRAMES

log = logging.getLogger("marbleline.camera")

_BLOCK: Final = 4096
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)
_EVICTED_S: Final = 60.0
_ROOM: Final = 0.9  # a full spool takes frames again below this share of its quota, so as not to flap


@dataclass(frozen=True, slots=True)
class Pending:
    """A frame in the spool: what its name tells, and the bytes that it takes of the quota."""

    sequence: int
    frame_id: str
    path: Path
    cost: int


@dataclass(frozen=True, slots=True)
class SpoolUsage:
    """``oldest_at`` is when the oldest waiting frame was captured (microseconds UTC)."""

    frames: int
    bytes: int
    oldest_at: int | None


class Spool:
    """One thread lands, one confirms, one releases. ``quota`` is in bytes, counted in whole blocks of 4096.

    Raises DataFolderBusy if another camera works on the folder, SpoolFull if it can't be written at all.
    """

    def __init__(
        self,
        folder: Path,
        quota: int,
        disk: Disk | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self.quota = quota
        disk = disk or Disk()
        self._frames = folder / FRAMES
        self._files = FrameFiles(self._frames, disk, quota)
        self._confirmed = SpoolNote(folder, CONFIRMED)
        self._released = SpoolNote(folder, RELEASED)
        self._changed = threading.Condition()
        self._pending: deque[Pending] = deque()
        self._bytes = 0
        # By frame_id, oldest first.
        self._retained: dict[str, Pending] = {}
        self._retained_bytes = 0
        self._newest: Pending | None = None
        self._sequence = 0
        self._last: Frame | None = None
        self._monotonic = monotonic
        self._evicted = 0
        self._tell_evicted_at = monotonic()
        try:
            self._frames.mkdir(parents=True, exist_ok=True)
            (folder / "damaged").mkdir(exist_ok=True)
            self._lock = lock_folder(
                folder, f"spool {folder}", "give this camera a name or folder of its own"
            )
            self._recover()
            disk.sync_folder(folder)
        except OSError as error:
            raise SpoolFull(f"spool {folder} can't be written: {error.strerror or error}") from error

    @property
    def next_sequence(self) -> int:
        """The sequence of the frame that lands next."""
        return self._sequence + 1

    def last(self) -> Frame | None:
        """The last frame that landed, None in a new spool."""
        return self._last

    def usage(self) -> SpoolUsage:
        """What waits here for the broker."""
        with self._changed:
            oldest = captured_at_of(self._pending[0].frame_id) if self._pending else None
            return SpoolUsage(len(self._pending), self._bytes, oldest)

    def has_room(self) -> bool:
        """Whether a spool that was full is worth another try."""
        with self._changed:
            return self._bytes <= self.quota * _ROOM

    def append(self, frame: Frame, image: bytes, rejection: CaptureRejection | None = None) -> None:
        """Make a frame durable; its ``sequence`` has to be ``next_sequence``.

        Raises SpoolFull if the quota or the disk is used up or the disk can't be written: then nothing has
        landed and the sequence is still free.
        """
        if frame.sequence != self.next_sequence:
            raise ValueError(f"sequence {frame.sequence} can't land: the next is {self.next_sequence}")
        parts = encode(Entry(frame, image, rejection))
        cost = _cost(sum(map(len, parts)))
        if self._bytes and self._bytes + cost > self.quota:
            raise SpoolFull(f"spool {self.folder} holds {self._bytes} of {self.quota} bytes")
        spare = self._files.take()
        most = cost if spare is None else max(cost, spare.cost)
        self._give_way(most - self._room())
        path = self._frames / name_of(frame)
        while True:
            try:
                self._files.write(path, parts, spare)
                break
            except OSError as error:
                # A full disk: spares and retained frames give way here too, until it fits or none is left.
                spare = None
                if error.errno not in _NO_SPACE or not self._give_way(cost):
                    raise SpoolFull(
                        f"spool {self.folder} can't be written: {error.strerror or error}"
                    ) from error
        entry = Pending(frame.sequence, frame.frame_id, path, cost)
        with self._changed:
            # What was kept only as the counter has a successor now.
            superseded = self._newest
            if superseded is not None and (self._pending or superseded.frame_id in self._retained):
                superseded = None
            self._pending.append(entry)
            self._bytes += cost
            self._newest, self._sequence, self._last = entry, frame.sequence, frame
            kept = superseded is not None and self._files.reserve(superseded.cost, self._room())
            self._changed.notify_all()
        if superseded is not None:
            self._files.discard(superseded.path, superseded.cost, kept=kept)

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

    def published(self, sequence: int) -> None:
        """The broker has all frames up to this sequence: retain them until they are released."""
        with self._changed:
            done: list[Pending] = []
            while self._pending and self._pending[0].sequence <= sequence:
                entry = self._pending.popleft()
                done.append(entry)
                self._bytes -= entry.cost
                self._retained[entry.frame_id] = entry
                self._retained_bytes += entry.cost
        if done:
            self._note(self._confirmed, done[-1])

    def confirm(self, sequence: int) -> None:
        """All frames up to this sequence are safe for good: remove them."""
        self.published(sequence)
        self.release([entry.frame_id for entry in self.retained() if entry.sequence <= sequence])

    def retained(self) -> list[Pending]:
        """The frames that the broker has confirmed and nobody has released, oldest first."""
        with self._changed:
            return list(self._retained.values())

    def release(self, frame_ids: Iterable[str]) -> None:
        """These frames are safe for good: their files become spare ones. Unknown ids are ignored."""
        self._release(frame_ids, keep=True)

    def close(self) -> None:
        """Let another camera work on the folder. Never raises."""
        self._confirmed.close()
        self._released.close()
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _release(self, frame_ids: Iterable[str], *, keep: bool) -> None:
        with self._changed:
            found = [self._retained.pop(one) for one in frame_ids if one in self._retained]
            newest = self._newest
            kept: list[bool] = []
            for entry in found:
                self._retained_bytes -= entry.cost
                spare = keep and entry != newest
                kept.append(spare and self._files.reserve(entry.cost, self._room()))
        for entry, spare in zip(found, kept, strict=True):
            # The newest is still the counter: append() removes it once there is a newer.
            if entry == newest:
                self._note(self._released, entry)
            else:
                self._files.discard(entry.path, entry.cost, kept=spare)

    def _room(self) -> int:
        """Bytes left of the quota; less than 0 if frames that were kept only as the counter came on top."""
        with self._changed:
            return self.quota - self._bytes - self._retained_bytes - self._files.spare_bytes

    def _give_way(self, size: int) -> bool:
        """Remove spare files and then the oldest retained frames, so many bytes; False if there was none."""
        spared = self._files.give_way(size) if size > 0 else 0
        size -= spared
        with self._changed:
            chosen: list[str] = []
            for entry in self._retained.values():
                if size <= 0:
                    break
                # The newest file is the counter and stays in any case.
                if entry != self._newest:
                    chosen.append(entry.frame_id)
                    size -= entry.cost
        if chosen:
            # Not made spare ones: the handover may be reading a frame to publish it again.
            self._release(chosen, keep=False)
            self._tell_evicted(len(chosen))
        return bool(spared or chosen)

    def _tell_evicted(self, frames: int) -> None:
        """Log the first at once, then a sum a minute: on a full disk each frame evicts others."""
        self._evicted += frames
        if self._monotonic() >= self._tell_evicted_at:
            self._tell_evicted_at = self._monotonic() + _EVICTED_S
            log.warning("spool.evicted", extra={"spool": self.folder.name, "frames": self._evicted})
            self._evicted = 0

    def _note(self, note: SpoolNote, entry: Pending) -> None:
        while True:
            try:
                note.write(entry.sequence, entry.frame_id)
            except OSError as error:
                # On a full disk retained frames give way: without the note, frames are sent twice after a
                # restart.
                if error.errno not in _NO_SPACE or not self._give_way(_BLOCK):
                    log.debug("spool.note_failed", extra={"detail": str(error)})
                    return
            else:
                return

    def _recover(self) -> None:
        confirmed, released = read_note(self.folder, CONFIRMED), read_note(self.folder, RELEASED)
        found: dict[int, Pending] = {}
        for path in sorted(self._frames.iterdir()):
            known = parse_name(path.name)
            if known is None:
                if path.suffix == ".tmp":
                    if not path.name.endswith(SPARE):
                        log.info("spool.partial_file_removed", extra={"file": path.name})
                    self._files.remove(path)
                else:
                    log.warning("spool.unknown_file", extra={"file": path.name})
                continue
            sequence, frame_id = known
            if sequence in found:  # a landing that failed and couldn't be undone: the later one counts
                self._files.remove(found[sequence].path)
            found[sequence] = Pending(sequence, frame_id, path, _cost(path.stat().st_size))
        if not found:
            return
        entries = [found[sequence] for sequence in sorted(found)]
        self._newest, self._sequence = entries[-1], entries[-1].sequence
        for entry in entries:
            if entry.sequence > confirmed:
                self._pending.append(entry)
                self._bytes += entry.cost
            elif entry.sequence != released:
                self._retained[entry.frame_id] = entry
                self._retained_bytes += entry.cost
            elif entry != self._newest:
                self._files.remove(entry.path)
        self._last = next((frame for entry in reversed(entries) if (frame := frame_in(entry.path))), None)
        if self._pending:
            log.info("spool.recovered", extra={"frames": len(self._pending), "bytes": self._bytes})


def _cost(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
