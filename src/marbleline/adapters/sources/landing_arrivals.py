"""Which files of a landing folder are whole: those that have stopped changing."""

import fcntl
import os
import signal
import stat
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.adapters.sources.picture_files import Stamp, is_picture_name

_MOST: Final = 20_000  # files looked at in one listing; the others have their turn when these are gone
_PAUSE_S: Final = 0.2
_SHARE: Final = 10  # listing a huge folder takes at most one part in ten of the time


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that has kept its stamp for the settling time."""

    name: str
    stamp: Stamp


class Arrivals:
    """The whole files of a folder, oldest first. The folder is listed again when those are used up."""

    def __init__(
        self, folder: Path, settle_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._settle_s = settle_s
        self._monotonic = monotonic
        self._seen: dict[str, tuple[Stamp, float]] = {}
        self._whole: deque[Arrival] = deque()
        self._list_at = monotonic()

    def next(self) -> Arrival | None:
        """The next whole file, None if there is none now. Raises OSError if the folder is away."""
        if not self._whole and self._monotonic() >= self._list_at:
            self._list()
        return self._whole.popleft() if self._whole else None

    def settle_again(self, name: str) -> None:
        """The file turned out to be changing still."""
        self._seen.pop(name, None)

    def ignore(self, arrival: Arrival) -> None:
        """Nothing can be done with the file: leave it alone until it changes."""
        self._seen[arrival.name] = (arrival.stamp, float("inf"))

    def _list(self) -> None:
        start = self._monotonic()
        seen: dict[str, tuple[Stamp, float]] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if not is_picture_name(entry.name):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if not stat.S_ISREG(status.st_mode):
                    continue
                stamp = Stamp.of(status)
                before = self._seen.get(entry.name)
                seen[entry.name] = before if before and before[0] == stamp else (stamp, start)
                if len(seen) == _MOST:
                    break
        self._seen = seen
        whole = [Arrival(name, stamp) for name, (stamp, at) in seen.items() if start - at >= self._settle_s]
        self._whole.extend(sorted(whole, key=lambda one: (one.stamp.modified, one.name)))
        end = self._monotonic()
        self._list_at = end + max(_PAUSE_S, _SHARE * (end - start))


def being_written(descriptor: int) -> bool:
    """Whether a process on this machine has the file open for writing; False where nobody can tell.

    A read lease is granted only if nobody has. It catches a writer on this machine who pauses for longer
    than the settling time; for one on another machine there is only that time.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # By default a lease that is broken sends SIGIO, which ends a process that doesn't expect it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
