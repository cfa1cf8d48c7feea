"""A server that several test processes use at once: begun by the first, ended by the last.

pytest-xdist runs a process per worker, and people run pytest side by side. Who uses a server is written
beside it, under a lock; a user that died without saying so doesn't count.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

import psutil
from filelock import FileLock

from tests.services.missing import cache

PEOPLE: Final = "people"
"""The user that ``python -m tests.services`` writes down; it stays until ``stop``."""


class Node(Protocol):
    """A server in a folder, as ``RabbitNode`` and ``SearchNode`` are."""

    def start(self) -> None:
        """Start it unless it runs."""
        ...

    def stop(self) -> None:
        """End it if it runs."""
        ...

    def pid(self) -> int | None:
        """Its pid if it runs."""
        ...


N = TypeVar("N", bound=Node)


@contextmanager
def used(name: str, make: Callable[[Path], N]) -> Iterator[N]:
    """The shared node of this name, running. Raises ServerMissing."""
    node = add_user(name, make, _this_process())
    try:
        yield node
    finally:
        remove_user(name, node, _this_process())


def add_user(name: str, make: Callable[[Path], N], user: str) -> N:
    """Start it unless it runs, and note who uses it. Raises ServerMissing."""
    folder = cache() / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(cache() / f"{name}.lock"):
        node = make(folder)
        node.start()
        _write(folder, _users(folder) | {user})
    return node


def remove_user(name: str, node: Node, user: str) -> bool:
    """Strike a user out and end the server if that was the last; returns whether it was."""
    folder = cache() / name
    with FileLock(cache() / f"{name}.lock"):
        left = _users(folder) - {user}
        _write(folder, left)
        if not left:
            node.stop()
    return not left


def _this_process() -> str:
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}"


def _users(folder: Path) -> set[str]:
    try:
        return {user for user in json.loads((folder / "users.json").read_text()) if _lives(user)}
    except (OSError, ValueError):
        return set()


def _write(folder: Path, users: set[str]) -> None:
    (folder / "users.json").write_text(json.dumps(sorted(users)))


def _lives(user: str) -> bool:
    if user == PEOPLE:
        return True
    pid, _, born = user.partition(":")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == born
    except psutil.Error:
        return False
