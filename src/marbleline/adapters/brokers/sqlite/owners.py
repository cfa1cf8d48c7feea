"""Who is alive: each connection locks one byte of a file for as long as its process lives.

The kernel drops the lock with the process, however it ends, so what a killed worker had taken goes to
another one at once and not only when its lease ends.
"""

import errno
import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

_NUMBERS: Final = 1 << 62


class Owner:
    """One connection's number, locked until ``leave`` or the end of this process.

    ``number`` and ``alive`` raise OSError if the file can't be opened or locked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: _LockFile | None = None
        self._number = 0

    def number(self) -> int:
        """The number; another one after a fork, or if somebody removed the file."""
        if self._file is None or not self._file.holds(self._number):
            self._file = _lock_file(self._path)
            self._number = self._file.enter()
        return self._number

    def alive(self, number: int) -> bool:
        """Whether the process that a number belongs to still runs."""
        self.number()
        return self._file is not None and self._file.alive(number)

    def leave(self) -> None:
        """Give the number up. Never raises."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.leave(self._number)


class _LockFile:
    """One per path and process: closing a second descriptor of it would drop the locks of the first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        found = os.fstat(self._descriptor)
        self._identity = found.st_dev, found.st_ino, os.getpid()
        self._mine: set[int] = set()

    def current(self) -> bool:
        """Whether the path still leads here and this process opened it: a fork inherits no locks."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        return self._identity == (found.st_dev, found.st_ino, os.getpid())

    def holds(self, number: int) -> bool:
        return number in self._mine and self.current()

    def enter(self) -> int:
        number = secrets.randbelow(_NUMBERS)
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        self._mine.add(number)
        return number

    def leave(self, number: int) -> None:
        self._mine.discard(number)
        if not self._mine:
            os.close(self._descriptor)
            if _files.get(self._path) is self:
                del _files[self._path]
        elif self.current():
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, number)

    def alive(self, number: int) -> bool:
        if number in self._mine:
            return True
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return True
            raise
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, number)
        return False


_files: dict[Path, _LockFile] = {}


def _lock_file(path: Path) -> _LockFile:
    file = _files.get(path)
    if file is None or not file.current():
        file = _files[path] = _LockFile(path)
    return file
