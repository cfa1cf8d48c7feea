"""Wakes the connections that wait for a commit, so that they need not poll.

SQLite does not notify other processes of a commit. Each waiter has a FIFO in a folder beside the file
(fifo(7)), into which writers put a byte. A notification is a hint: waiters also poll ten times a second, so
a lost one delays and loses nothing.
"""

import errno
import os
import secrets
import select
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_MOST_BYTES: Final = 1 << 16
_WITHOUT_FIFO_S: Final = 0.005
_SETTLED_NS: Final = 50_000_000
"""A folder that changed so lately may change again within one tick of its clock."""


class Waiter:
    """Its FIFO is in the folder until ``close``. Where none can be made, ``wait`` sleeps for 5 ms at most."""

    def __init__(self, folder: Path) -> None:
        self._process = os.getpid()
        name = f"{self._process}-{secrets.token_hex(4)}"
        self._path = folder / name
        self._descriptor: int | None = None
        self._poll = select.poll()
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            # Hidden until it is open: a FIFO that nobody reads is taken for a dead process's.
            hidden = folder / f".{name}"
            os.mkfifo(hidden)
            self._descriptor = os.open(hidden, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            self._poll.register(self._descriptor, select.POLLIN)
            hidden.rename(self._path)

    def wait(self, seconds: float) -> None:
        """Returns once it was notified since the last wait, after ``seconds`` at the latest."""
        if self._descriptor is None:
            time.sleep(min(seconds, _WITHOUT_FIFO_S))
        elif self._poll.poll(seconds * 1000):
            with suppress(BlockingIOError):
                os.read(self._descriptor, _MOST_BYTES)

    def mine(self) -> bool:
        """Whether this process made it: one that came through a fork is the parent's."""
        return self._process == os.getpid()

    def close(self) -> None:
        """Remove the FIFO. Never raises."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                self._path.unlink()
            os.close(descriptor)


class Notifier:
    """Notifies all waiters of a folder; removes those of processes that died. Never raises, never waits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiters: dict[str, int] = {}
        self._seen_ns = 0

    def notify(self) -> None:
        """Wake whoever waits now or will wait next."""
        self._scan()
        for name, descriptor in list(self._waiters.items()):
            try:
                os.write(descriptor, b"!")
            except BlockingIOError:
                pass  # its FIFO is full: it has notifications already
            except OSError:
                self._close(name)
                self._remove(name)

    def close(self) -> None:
        """Close the FIFOs. Never raises."""
        self._seen_ns = 0
        for name in list(self._waiters):
            self._close(name)

    def _scan(self) -> None:
        with suppress(OSError):
            changed_ns = self._folder.stat().st_mtime_ns
            if changed_ns == self._seen_ns:
                return
            there = {one.name for one in self._folder.iterdir() if not one.name.startswith(".")}
            for name in self._waiters.keys() - there:
                self._close(name)
            for name in there - self._waiters.keys():
                self._open(name)
            if time.time_ns() - changed_ns > _SETTLED_NS:
                self._seen_ns = changed_ns

    def _open(self, name: str) -> None:
        try:
            self._waiters[name] = os.open(self._folder / name, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody has it open for reading
                self._remove(name)

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            (self._folder / name).unlink()

    def _close(self, name: str) -> None:
        with suppress(OSError):
            os.close(self._waiters.pop(name))
