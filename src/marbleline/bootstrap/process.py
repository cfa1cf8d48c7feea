"""What every worker's process has in common: logs, and the event that tells it to stop."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import FrameType

from marbleline import __version__
from marbleline.pipeline.thread_group import run_threads
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import TelemetrySettings
from marbleline.telemetry import tracing
from marbleline.telemetry.health import Health, Heartbeat, serving
from marbleline.telemetry.logs import set_up
from marbleline.telemetry.metrics import WORKER

Loop = Callable[[Heartbeat], None]
"""A loop of a worker: it runs until it is told to stop, and says by the heartbeat how it is."""


def start(configuration: Configuration, worker: str, *, supervised: bool = False) -> threading.Event:
    """Set up the logs and return an event that SIGTERM, SIGINT and SIGHUP (a closed terminal) set.

    A second SIGTERM or SIGINT ends the process at once. With ``supervised`` the event is also set when
    standard input closes, which it does however the supervisor dies.
    """
    settings = configuration.read(TelemetrySettings)
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
    configuration: Configuration,
    loops: Mapping[str, Loop],
    stop: threading.Event,
    background: Collection[str] = (),
) -> None:
    """Run a worker's loops, each with a heartbeat, and answer probes about them meanwhile.

    ``background`` names the loops whose trouble does not make the worker unready.
    """
    settings = configuration.read(TelemetrySettings)
    health = Health()
    beats = {name: health.heartbeat(name, background=name in background) for name in loops}
    with serving(health, settings.health_host, settings.health_port):
        run_threads({name: partial(loop, beats[name]) for name, loop in loops.items()}, stop)


def run_once(loops: Mapping[str, Loop]) -> None:
    """Run loops that end by themselves, one after the other: what one leaves is the next one's work."""
    for name, loop in loops.items():
        loop(Heartbeat(name))


def usable_cores() -> int:
    """The cores that this process may use, where the system tells: a container may have fewer."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _watch_parent(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()
