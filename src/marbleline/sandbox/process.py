"""The parent's side: one child, started when it is needed, killed when it is late, replaced when it dies."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

from marbleline.errors import ChildDied, SandboxUnavailable, WireError
from marbleline.sandbox.messages import receive, send

_START_S: Final = 60.0
_END_S: Final = 2.0
# An answer is a model's input or its scores; a child that announces more is ended.
_MOST_ANSWER_BYTES: Final = 64_000_000
_BUFFER_BYTES: Final = 1_000_000
# One thread and one heap: what a child reserves is then known, and its limit of memory means something.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


class SandboxProcess:
    """A Python program that answers questions one at a time. Used by one thread at a time.

    ``arguments``  Python's own: ``("-m", "marbleline.sandbox.decode_child")``
    ``idle_s``     a child that nothing was asked for so long is ended by ``end_idle``

    Started with an exec of its own, never by a fork that would copy the parent's threads and locks; it holds
    no descriptor of the parent's but its end of the socket pair, which closes when the parent dies.
    """

    def __init__(self, arguments: Sequence[str], idle_s: float = 60.0) -> None:
        self._arguments = tuple(arguments)
        self._idle_s = idle_s
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._used_at = 0.0

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._process.pid if self._process is not None else None

    def ask(
        self, header: Mapping[str, object], body: bytes | memoryview, deadline_s: float
    ) -> tuple[Mapping[str, object], bytearray]:
        """The child's answer. A child that dies, is late or answers nonsense is gone when this raises.

        Raises ChildDied, SandboxUnavailable if no child can be started.
        """
        to = self._socket or self._start()
        until = time.monotonic() + deadline_s
        try:
            send(to, header, body, until)
            answer = receive(to, _MOST_ANSWER_BYTES, until)
        except TimeoutError as error:
            self._end(0.0)
            raise ChildDied("deadline", f"no answer within {deadline_s:g} s") from error
        except (OSError, EOFError, ValueError, WireError) as error:
            code = self._end(_END_S)
            raise ChildDied("cpu" if code == -signal.SIGXCPU else "crash", _ending(code)) from error
        self._used_at = time.monotonic()
        return answer

    def end_idle(self) -> None:
        """End a child that has been idle for long; the next question starts another."""
        if self._process is not None and time.monotonic() - self._used_at > self._idle_s:
            self._end(_END_S)

    def close(self) -> None:
        """End the child. Never raises."""
        self._end(_END_S)

    def _start(self) -> socket.socket:
        mine, theirs = socket.socketpair()
        try:
            with theirs:
                for one in (mine, theirs):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
                self._process = subprocess.Popen(
                    [sys.executable, "-P", *self._arguments],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env={**os.environ, **_ENVIRONMENT},
                )
            self._socket = mine
            receive(mine, _MOST_ANSWER_BYTES, time.monotonic() + _START_S)
        except (OSError, EOFError, ValueError, WireError) as error:
            mine.close()
            code = self._end(0.0)
            raise SandboxUnavailable(
                f"sandbox: its process did not start: {error or _ending(code)}"
            ) from error
        self._used_at = time.monotonic()
        return mine

    def _end(self, patience_s: float) -> int:
        """The exit code: the child's own if it ends within ``patience_s``, else that of a kill."""
        process, self._process = self._process, None
        to, self._socket = self._socket, None
        if to is not None:
            to.close()
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            if patience_s:
                return process.wait(patience_s)
        process.kill()
        return process.wait()


def _ending(code: int) -> str:
    if code >= 0:
        return f"it ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"it was ended by {signal.Signals(-code).name}"
    return f"it was ended by signal {-code}"
