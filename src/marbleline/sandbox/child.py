"""The child's side: answer what is asked until the parent is gone, within limits of memory and CPU."""

import contextlib
import math
import resource
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from marbleline.sandbox.messages import receive, send

Classification = tuple[Mapping[str, object], bytes | memoryview]
Handler = Callable[[Mapping[str, object], bytearray], Classification]

_MOST_QUESTION_BYTES: Final = 2_000_000_000
# What an allocator reserves beyond what is asked of it.
_SLACK_BYTES: Final = 32 * 2**20


def serve(handle: Handler) -> None:
    """Answer on standard input, a socket, until the other side is gone or ``handle`` raises."""
    # Ctrl-C is the parent's to handle: it closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _set_limit(resource.RLIMIT_CORE, 0)
    _be_killed_first()
    with socket.socket(fileno=0) as parent, contextlib.suppress(EOFError, ConnectionError):
        send(parent, {"ready": True}, b"")
        while True:
            header, body = receive(parent, _MOST_QUESTION_BYTES)
            send(parent, *handle(header, body))


def limit_cpu(seconds: int) -> None:
    """From now on so many seconds of CPU: then the kernel ends this process with SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _set_limit(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime) + seconds)


def limit_memory(more_bytes: int) -> None:
    """From now on so much more address space than now; then allocations fail.

    Linux only: macOS has no such limit, there the header's budget and the CPU limit have to do.
    """
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _set_limit(resource.RLIMIT_AS, pages * resource.getpagesize() + more_bytes + _SLACK_BYTES)


def _set_limit(kind: int, soft: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (soft, hard))


def _be_killed_first() -> None:
    """Of a container that runs out of memory, let the kernel choose the child and not the worker."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
