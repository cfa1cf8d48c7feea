"""What the sources that read picture files share: names, and reading no more than the limit."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from marbleline.domain.picture import SUFFIXES


@dataclass(frozen=True, slots=True)
class PictureFile:
    """``content`` is the file's beginning if it is larger than the limit; ``size`` is of all of it."""

    content: bytes = field(repr=False)
    size: int


def is_picture_name(name: str) -> bool:
    """Whether a file of this name is for us: a picture's suffix, and not hidden."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def printable(path: PurePath) -> str:
    """The path as text that any encoding can carry: a name need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def read_picture(path: Path, max_bytes: int) -> PictureFile:
    """Read a file, up to ``max_bytes`` of it. Raises OSError, also if it is no regular file."""
    # Not blocking, as opening a named pipe would wait for its writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - of a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path.name} is no regular file")
        parts = []
        left = max_bytes
        while left > 0 and (part := file.read(left)):
            parts.append(part)
            left -= len(part)
        content = b"".join(parts)
        return PictureFile(content, max(len(content), os.fstat(descriptor).st_size))
