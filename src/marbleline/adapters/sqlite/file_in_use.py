"""Whether a process has a database open, asked of the lock that SQLite itself holds."""

import errno
import fcntl
from pathlib import Path
from typing import Final

# The "dead man switch": in WAL mode each process that has the file open holds this byte of its -shm file
# (SQLite's os_unix.c, UNIX_SHM_DMS).
_BYTE: Final = 128


def in_use(path: Path) -> bool:
    """Whether another process has the file open. This process must not have it: its lock would be dropped.

    Raises OSError if that can't be asked.
    """
    index = path.with_name(path.name + "-shm")
    try:
        with index.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _BYTE)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return True
        raise
    return False
