"""The camera: capture into the spool, publish from there, and release what is on record: a thread each."""

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from marbleline.domain.clock import Clock, now
from marbleline.domain.records import CameraReport
from marbleline.pipeline.camera.capture import CameraOptions, Capture
from marbleline.pipeline.camera.handover import Handover, HandoverBroker
from marbleline.pipeline.camera.outbox import CameraIdentity, Outbox
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.camera.product_switching import follow_product, switching, wait_for_first_poll
from marbleline.pipeline.camera.publishing import SpoolPublishing
from marbleline.pipeline.camera.spool import Spool
from marbleline.ports.product_switches import ProductSwitches
from marbleline.ports.source import Source, TakesProductSwitches

__all__ = ["CameraOptions", "run_camera"]

_EMPTYING_S: Final = 0.1
# A camera that starts asks for the line's product first; a broker that is away costs it no more blind time.
_FIRST_POLL_S: Final = 2.0


class CameraBroker(HandoverBroker, ProductSwitches, Protocol):
    """What a camera asks of the broker."""


def run_camera(
    source: Source,
    connect: Callable[[], CameraBroker],
    spool: Spool,
    options: CameraOptions,
    stop: threading.Event,
    clock: Clock = now,
    on_report: Callable[[CameraReport], None] = lambda report: None,
    check_product: Callable[[str], None] = lambda product: None,
) -> CameraReport:
    """Run a camera until ``stop`` is set or its source ends; returns its last report.

    ``connect`` makes a broker for each of three threads, on the thread that then uses it. ``on_report`` gets
    a report about once a second from the loop that captures: it is the sign that this loop turns, whatever
    the broker does. ``check_product`` raises UnknownProduct for one that is known not to be there. The source
    is closed at the end, the spool is not.
    """
    product = CurrentProduct(spool.folder, options.line, options.camera, options.product, clock)
    capture = Capture(source, spool, options, clock, product=product)
    identity = CameraIdentity(options.line, options.camera, options.deadline_ms)
    outbox = Outbox(
        spool,
        connect,
        identity,
        capture.report,
        options.window,
        options.report_s,
        capture.limit_to,
        product=product,
    )
    publishing = SpoolPublishing(outbox, Handover(spool, connect, identity, clock))
    closing = threading.Event()
    following = threading.Thread(
        target=follow_product, args=(product, connect, options.line, closing), name="product", daemon=True
    )

    def working() -> bool:
        return not stop.is_set() and publishing.is_running()

    publishing.start()
    following.start()
    try:
        if isinstance(source, TakesProductSwitches):
            source.listen_for_switches(
                switching(connect, options.line, product, check_product),
                lambda: options.own_product or product.name,
            )
        wait_for_first_poll(product, _FIRST_POLL_S, stop)
        source.resume(spool.last())
        report_if_due = _Reporter(capture, on_report, options.report_s)
        while working() and capture.step(stop):
            report_if_due()
        while working() and spool.usage().frames:
            report_if_due()
            stop.wait(_EMPTYING_S)
    finally:
        source.close()
        capture.stopped(requested=stop.is_set())
        publishing.finish(options.grace_s)
        closing.set()
        following.join(1.0)
    publishing.raise_error()
    on_report(report := capture.report())
    return report


class _Reporter:
    """Tells of the camera when it is called, if the last time was long enough ago."""

    def __init__(self, capture: Capture, on_report: Callable[[CameraReport], None], every_s: float) -> None:
        self._capture, self._on_report, self._every_s = capture, on_report, every_s
        self._due_at = float("-inf")

    def __call__(self) -> None:
        if time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._every_s
            self._on_report(self._capture.report())
