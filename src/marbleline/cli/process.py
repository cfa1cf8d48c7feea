"""What every worker's process has in common: logs, and the event that tells it to stop."""

import argparse
import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType

from marbleline import __version__
from marbleline.settings import Settings
from marbleline.telemetry import tracing
from marbleline.telemetry.health import Health, Pulse, serving
from marbleline.telemetry.logs import set_up
from marbleline.telemetry.metrics import WORKER
from marbleline.workers.crew import run_together


def add_supervised(parser: argparse.ArgumentParser) -> None:
    """The hidden flag by which a supervisor ties a worker's life to its own."""
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)


def start(settings: Settings, worker: str, *, supervised: bool = False) -> threading.Event:
    """Set up the logs and return an event that SIGTERM, SIGINT and SIGHUP (a closed terminal) set.

    A second SIGTERM or SIGINT ends the process at once. With ``supervised`` the event is also set when
    standard input closes, which it does however the supervisor dies.
    """
    set_up(worker, style=settings.log_format, level=settings.log_level)
    if settings.otlp_endpoint:
        tracing.start(settings.otlp_endpoint, worker, settings.trace_share)
        atexit.register(tracing.stop)
    WORKER.info({"worker": worker, "version": __version__})
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number != signal.SIGHUP:
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
        signal.signal(signal.SIGHUP, on_signal)
    if supervised:
        threading.Thread(target=_watch_parent, args=(stop,), name="parent", daemon=True).start()
    return stop


def run_loops(
    settings: Settings, loops: Mapping[str, Callable[[Pulse], None]], stop: threading.Event
) -> None:
    """Run a worker's loops, each with a pulse, and answer probes about them meanwhile."""
    health = Health()
    with serving(health, settings.health_host, settings.health_port):
        run_together({name: partial(loop, health.pulse(name)) for name, loop in loops.items()}, stop)


def run_once(loops: Mapping[str, Callable[[Pulse], None]]) -> None:
    """Run loops that end by themselves, one after the other: what one leaves is the next one's work."""
    for name, loop in loops.items():
        loop(Pulse(name))


def add_once(parser: argparse.ArgumentParser, what: str) -> None:
    """The flag by which a worker becomes a batch job."""
    parser.add_argument(
        "--once", action="store_true", help=f"work off {what} and exit; safe beside running workers"
    )


def _watch_parent(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()
