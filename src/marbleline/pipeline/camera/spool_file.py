"""One frame of the spool as a file: what is in it, and how it is made to survive a crash."""

import contextlib
import fcntl
import json
import logging
import os
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marbleline.domain.frame import Frame, sha256_hex
from marbleline.errors import WireError

log = logging.getLogger("marbleline.camera")

_HEAD: Final = 65_536
# On a Mac fsync leaves the data in the drive's own cache, which a power cut empties.
_FULL_SYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)
_FIRST_LINE: Final = re.compile(rb"marbleline-spool 1 ([0-9a-f]{8}) (\d{1,9})\n")
_NAME: Final = re.compile(r"(\d{12})-([0-9a-f-]{36})\.frame")


@dataclass(frozen=True, slots=True)
class CaptureRejection:
    """Why a picture became a dead letter at capture, one of ``domain.picture.REASONS``."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A landed frame. The image of a refused picture is empty: it is known, not kept."""

    frame: Frame
    image: bytes = field(repr=False)
    rejection: CaptureRejection | None = None


def name_of(frame: Frame) -> str:
    """The file's name: names sort by sequence and tell sequence and identity without being opened."""
    return f"{frame.sequence:012d}-{frame.frame_id}.frame"


def parse_name(name: str) -> tuple[int, str] | None:
    """(sequence, frame_id) of a spool file's name, None for any other name."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else None


def encode(entry: Entry) -> tuple[bytes, bytes]:
    """The file as (headers, image). The first line guards the headers, their sha256 the image."""
    fields: dict[str, object] = dict(entry.frame.to_headers())
    if entry.rejection is not None:
        fields["refusal"] = [entry.rejection.reason, entry.rejection.detail]
    headers = json.dumps(fields).encode()
    return b"marbleline-spool 1 %08x %d\n%b\n" % (zlib.crc32(headers), len(headers), headers), entry.image


def decode_headers(data: bytes) -> tuple[Frame, CaptureRejection | None, int]:
    """(frame, refusal, where the image begins). Raises WireError if the headers are damaged."""
    first = _FIRST_LINE.match(data)
    if first is None:
        raise WireError("not a spool file of this version")
    headers = data[first.end() : first.end() + int(first[2])]
    if len(headers) != int(first[2]) or zlib.crc32(headers) != int(first[1], 16):
        raise WireError("the headers are damaged")
    fields = json.loads(headers)
    rejection = fields.pop("refusal", None)
    return (
        Frame.from_headers(fields),
        CaptureRejection(*rejection) if rejection else None,
        first.end() + len(headers) + 1,
    )


def decode(data: bytes) -> Entry:
    """The inverse of ``encode``. Raises WireError if anything is missing or damaged."""
    frame, rejection, start = decode_headers(data)
    image = data[start:]
    if rejection is None and (len(image) != frame.size or sha256_hex(image) != frame.sha256):
        raise WireError(f"the picture is damaged: {len(image)} of {frame.size} bytes, or another hash")
    return Entry(frame, image, rejection)


def frame_in(path: Path) -> Frame | None:
    """The frame of a spool file, its picture left unread; None if it is damaged or gone."""
    try:
        with path.open("rb") as file:
            return decode_headers(file.read(_HEAD))[0]
    except (OSError, WireError) as error:
        log.warning("spool.damaged", extra={"file": path.name, "detail": str(error)})
        return None


class Disk:
    """What the spool does to a disk; a test puts a disk that loses power in its place."""

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        """Make a new file, its content durable when this returns. Raises OSError; no file is left then."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._fill(descriptor, path, parts)

    def overwrite(self, path: Path, parts: Iterable[bytes]) -> bool:
        """Give a file another content, durable when this returns. Raises OSError; no file is left then.

        False, and the file lost this name, if it has a name elsewhere: its content belongs to somebody.
        """
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        before = os.fstat(descriptor)
        if before.st_nlink > 1:
            os.close(descriptor)
            self.unlink(path)
            return False
        self._fill(descriptor, path, parts, before.st_size)
        return True

    def _fill(self, descriptor: int, path: Path, parts: Iterable[bytes], size: int = 0) -> None:
        """Write an open file that has ``size`` bytes, sync and close it; remove it if that fails."""
        try:
            try:
                left = [memoryview(part) for part in parts]
                length = sum(map(len, left))
                while left:
                    written = os.writev(descriptor, left)
                    while left and written >= len(left[0]):
                        written -= len(left.pop(0))
                    if left:
                        left[0] = left[0][written:]
                if length < size:
                    os.ftruncate(descriptor, length)
                self.sync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                self.unlink(path)
            raise

    def sync(self, descriptor: int) -> None:
        """Make what an open file or folder holds durable."""
        if _FULL_SYNC is not None:
            with contextlib.suppress(OSError):  # a file system that knows only fsync
                fcntl.fcntl(descriptor, _FULL_SYNC)
                return
        os.fsync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name in one step."""
        old.replace(new)

    def unlink(self, path: Path) -> None:
        """Remove a file if it is there."""
        path.unlink(missing_ok=True)
