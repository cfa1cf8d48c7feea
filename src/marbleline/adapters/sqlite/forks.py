"""Connections around a fork.

SQLite's locks belong to the process, so a connection that came through a fork believes in locks that
it doesn't have, and may corrupt the file. Every connection is closed before a fork, and opened again by
its first use after it, in the parent as in the child.
"""

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something that holds a connection."""

    def before_fork(self) -> None:
        """Close the connection, and keep other threads from opening one."""
        ...

    def after_fork(self) -> None:
        """Let it be opened again."""
        ...


_all: "weakref.WeakSet[Forkable]" = weakref.WeakSet()
_paused: list[Forkable] = []


def register(one: Forkable) -> None:
    """Look after it until it is gone."""
    _all.add(one)


def _before() -> None:
    _paused.extend(_all)
    for one in _paused:
        one.before_fork()


def _after() -> None:
    while _paused:
        _paused.pop().after_fork()


os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
