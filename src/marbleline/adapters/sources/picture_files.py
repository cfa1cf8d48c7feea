"""What the sources that read picture files share: names, and reading no more than the limit."""

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from marbleline.domain.picture import SUFFIXES


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file is written to, even if its times are set back."""

    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """The stamp in a file's status."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class PictureFile:
    """``content`` is the file's beginning if it is larger than the limit; ``size`` is of all of it.

    ``stamp`` is how the file was after it had been read.
    """

    content: bytes = field(repr=False)
    size: int
    stamp: Stamp


def is_picture_name(name: str) -> bool:
    """Whether a file of this name is for us: a picture's suffix, and not hidden."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def printable(path: PurePath) -> str:
    """The path as text that any encoding can carry: a name need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def open_picture(path: Path) -> int:
    """A descriptor to read a file by. Raises OSError, also if it is no regular file."""
    # Not blocking, as opening a named pipe would wait for its writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return descriptor


def read_picture(descriptor: int, max_bytes: int) -> PictureFile:
    """Read an open file, up to ``max_bytes`` of it, and close it. Raises OSError."""
    with open(descriptor, "rb", buffering=0) as file:
        parts = []
        left = max_bytes
        while left > 0 and (part := file.read(left)):
            parts.append(part)
            left -= len(part)
        content = b"".join(parts)
        stamp = Stamp.of(os.fstat(descriptor))
        return PictureFile(content, max(len(content), stamp.size), stamp)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
