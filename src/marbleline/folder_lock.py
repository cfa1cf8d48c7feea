"""One process at a time works on a folder."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from marbleline.errors import DataFolderBusy

_HELD: Final = (errno.EWOULDBLOCK, errno.EACCES)


def lock_folder(folder: Path, what: str, remedy: str) -> int:
    """Hold a folder until the descriptor that this returns is closed, however the process ends.

    ``what`` names the folder and its use in the error's text (``spool /data/spool/camera-1``), ``remedy``
    says what to do about another process that holds it.
    Raises DataFolderBusy if another process holds it, OSError if it can't be locked at all.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        if error.errno not in _HELD:
            raise
        raise DataFolderBusy(
            f"{what}: another one (process {owner or 'unknown'}) works on it; stop that one, or {remedy}"
        ) from error
    with contextlib.suppress(OSError):  # on a full disk the lock holds all the same
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
