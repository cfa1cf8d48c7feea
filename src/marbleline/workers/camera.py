"""The camera: capture into the spool on one thread, from the spool to the broker on another."""

import threading
import time
from collections.abc import Callable
from typing import Final

from marbleline.domain.clock import Clock, now
from marbleline.domain.records import CameraReport
from marbleline.ports.broker import Broker
from marbleline.ports.source import Source
from marbleline.workers.capture import CameraOptions, Capture
from marbleline.workers.outbox import Address, Outbox
from marbleline.workers.spool import Spool

__all__ = ["CameraOptions", "run_camera"]

_EMPTYING_S: Final = 0.1


def run_camera(
    source: Source,
    connect: Callable[[], Broker],
    spool: Spool,
    options: CameraOptions,
    stop: threading.Event,
    clock: Clock = now,
    told: Callable[[CameraReport], None] = lambda report: None,
) -> CameraReport:
    """Run a camera until ``stop`` is set or its source ends; returns its last report.

    ``connect`` makes the broker, on the thread that then uses it. ``told`` gets a report about once a second
    from the loop that captures: it is the sign that this loop turns, whatever the broker does. The source is
    closed at the end, the spool is not.
    """
    capture = Capture(source, spool, options, clock)
    address = Address(options.line, options.camera, options.deadline_ms)
    outbox = Outbox(spool, connect, address, capture.report, options.window, options.report_s)
    # A daemon: a broker that blocks must not hold up the end of the process beyond the grace.
    thread = threading.Thread(target=outbox.run, name="outbox", daemon=True)
    thread.start()
    try:
        source.resume(spool.last())
        tell = _Teller(capture, told, options.report_s)
        while not stop.is_set() and thread.is_alive() and capture.step(stop):
            tell()
        while not stop.is_set() and thread.is_alive() and spool.figures().frames:
            tell()
            stop.wait(_EMPTYING_S)
    finally:
        source.close()
        capture.stopped()
        outbox.finish(options.grace_s)
        thread.join(options.grace_s + 1.0)
    if outbox.error is not None:
        raise outbox.error
    told(report := capture.report())
    return report


class _Teller:
    """Tells of the camera when it is called, if the last time was long enough ago."""

    def __init__(self, capture: Capture, told: Callable[[CameraReport], None], every_s: float) -> None:
        self._capture, self._told, self._every_s = capture, told, every_s
        self._due_at = float("-inf")

    def __call__(self) -> None:
        if time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._every_s
            self._told(self._capture.report())
