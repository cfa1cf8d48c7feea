"""Processes and ports of servers that the tests start: begun apart, ended by their own pid."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from tests.services.missing import ServerMissing

_ENDED_S: Final = 3.0
_LOWEST_PORT: Final = 15_000
_PORTS_TRIED: Final = 200
_USUAL_FIRST: Final = 32_768


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now.

    Below those that the system gives to outgoing connections: a server that is down for a while, because a
    test killed it, must find its port again.
    """
    with contextlib.ExitStack() as stack:
        found: list[int] = []
        for port in random.sample(range(_LOWEST_PORT, _outgoing_from()), _PORTS_TRIED):
            one = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise ServerMissing(f"no {count} free ports between {_LOWEST_PORT} and {_outgoing_from()}")


def _outgoing_from() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):  # not Linux
        first = _USUAL_FIRST
    return first if first >= _LOWEST_PORT + _PORTS_TRIED else _USUAL_FIRST


def begin(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> int:
    """Start a server that outlives this process; returns its pid. Its output goes to ``log``."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else {**os.environ, **environment},
            start_new_session=True,
        )
    # Nobody waits for it here: psutil reaps it when it is asked for, init when we are gone.
    process.returncode = 0
    return process.pid


def runs(pid: int, mark: str) -> bool:
    """Whether the process is alive and ours: a pid may have been given to another since.

    ``mark`` stands on its command line or in its environment.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            process.wait(0)
            return False
        return mark in " ".join([*process.cmdline(), *process.environ().values()])
    except (psutil.Error, OSError):
        return False


def end(pid: int, mark: str, number: signal.Signals = signal.SIGTERM, limit_s: float = 30.0) -> None:
    """Send the signal and wait until the process is gone; killed after the limit."""
    if not runs(pid, mark):
        return
    os.kill(pid, number)
    try:
        psutil.Process(pid).wait(limit_s)
    except psutil.TimeoutExpired:
        os.kill(pid, signal.SIGKILL)
    except psutil.NoSuchProcess:
        pass


def wait_healthy(
    healthy: Callable[[], bool], alive: Callable[[], bool], log: Path, name: str, limit_s: float
) -> None:
    """Wait until it answers. Raises ServerMissing with the end of its log if it ends or takes too long.

    A process that is about to become another program has neither a command line nor an environment for a
    moment, so it counts as ended only when it was so for a while.
    """
    give_up_at = time.monotonic() + limit_s
    seen_at = time.monotonic()
    while not healthy():
        now = time.monotonic()
        if alive():
            seen_at = now
        ended = now - seen_at > _ENDED_S
        if ended or now > give_up_at:
            what = "ended within" if ended else "is not healthy after"
            raise ServerMissing(f"{name} {what} {limit_s:.0f} s; its log, {log}, ends:\n{_tail(log)}")
        time.sleep(0.2)


def _tail(log: Path, lines: int = 20) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError as error:
        return str(error)
