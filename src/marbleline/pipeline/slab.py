"""Slab worker: folds the verdicts of a line's frames into slab verdicts, each published once.

Several may run on one line: the queue has one active consumer, and another takes over when that one dies,
with all that it had not finished. What was collected is acknowledged with the slab's verdict and not before.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from marbleline.backoff import Backoff
from marbleline.domain.reasons import BAD_MESSAGE
from marbleline.domain.slab import SlabTrigger, SlabVerdict
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import SCHEMA_VERSION, Headers
from marbleline.errors import BrokerFull, BrokerUnavailable, StoreUnavailable, WireError
from marbleline.pipeline.slabs_in_flight import SlabInFlight, SlabsInFlight
from marbleline.ports.broker import MessageConsumer
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import slab_queue, slab_verdict_key
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import (
    FRAMES_DEAD_LETTERED,
    SLAB_LATENCY_SECONDS,
    SLAB_TILES_TOO_LATE,
    SLABS,
    observe_span,
)

log = logging.getLogger("marbleline.slab")

_AT_ONCE: Final = 64
_WAIT_S: Final = 0.25
_RENEW_EVERY_S: Final = 5.0
# Well below what RabbitMQ pushes to one consumer before the first is acknowledged (its prefetch).
_MOST_COLLECTED: Final = 1_500

Recorded = Callable[[Sequence[str]], frozenset[str]]
"""Those of these slab verdicts' ids that are on record. May raise StoreUnavailable."""


def run_slab_worker(
    broker: MessageConsumer,
    line: str,
    slabs: SlabsInFlight,
    recorded: Recorded,
    stop: threading.Event,
    heartbeat: Heartbeat | None = None,
) -> None:
    """Fold the slabs of a line until ``stop`` is set; what is unfinished then goes back to the queue.

    ``recorded`` is asked before a slab is published that an earlier worker may have decided. If the store
    is away it is published again: the record keeps the first verdict of a slab.
    """
    heartbeat = heartbeat or Heartbeat("slab")
    worker = _Worker(broker, line, slabs, recorded)
    backoff = Backoff()
    while not stop.is_set():
        try:
            worker.step()
        except BrokerFull as error:
            log.info("broker.full", extra={"error": str(error)})
            heartbeat.ok()  # back-pressure is no fault of this worker
        except BrokerUnavailable as error:
            log.warning("broker.unavailable", extra={"queue": slab_queue(line).name, "error": str(error)})
            heartbeat.degraded("broker", error)
        else:
            backoff.reset()
            heartbeat.ok()
            continue
        if not backoff.wait(stop):
            break
    worker.requeue_all()


class _Worker:
    def __init__(self, broker: MessageConsumer, line: str, slabs: SlabsInFlight, recorded: Recorded) -> None:
        self._broker = broker
        self._queue = slab_queue(line).name
        self._slabs = slabs
        self._recorded = recorded
        self._renew_at = time.monotonic() + _RENEW_EVERY_S

    def step(self) -> None:
        """Take what there is, and publish what is complete or due. Raises BrokerUnavailable, BrokerFull."""
        self._renew_leases()
        found = self._broker.receive(self._queue, _AT_ONCE, self._slabs.seconds_to_next(_WAIT_S))
        needless = [delivery for delivery in found if not self._collect(delivery)]
        if needless:
            self._broker.publish_and_ack(needless, [])
        # While there is more in the queue, a missing tile may be in it.
        drained = len(found) < _AT_ONCE
        for slab in self._slabs.ready(overdue=drained):
            self._finish(slab)
        while len(self._slabs.deliveries()) > _MOST_COLLECTED:
            self._finish(self._slabs.oldest())

    def requeue_all(self) -> None:
        """Requeue the deliveries of unfinished slabs. Never raises: closing the connection returns it too."""
        try:
            self._broker.requeue(self._slabs.deliveries())
        except BrokerUnavailable as error:
            log.warning("broker.unavailable", extra={"queue": self._queue, "error": str(error)})
        self._slabs.clear()

    def _collect(self, delivery: Delivery) -> bool:
        """Whether it is kept until its slab is decided."""
        body = delivery.message.body
        try:
            if delivery.message.key.startswith("trigger."):
                return self._slabs.add_trigger(SlabTrigger.from_json(body), delivery)
            verdict = Verdict.from_json(body)
        except WireError as error:
            log.warning("slab.bad_message", extra={"queue": self._queue, "detail": str(error)})
            FRAMES_DEAD_LETTERED.labels(queue=self._queue, reason=BAD_MESSAGE).inc()
            self._broker.dead_letter(delivery, BAD_MESSAGE, str(error))
            return True
        kept = self._slabs.add_verdict(verdict, delivery)
        if not kept and verdict.frame.tile is not None and delivery.count == 1:
            SLAB_TILES_TOO_LATE.labels(camera=verdict.frame.camera).inc()
            log.warning("slab.tile_too_late", extra=verdict.frame.to_headers())
        return kept

    def _finish(self, slab: SlabInFlight) -> None:
        deliveries = slab.held(self._broker.holds)
        if deliveries is None:
            # The queue went to another consumer, or the connection was lost: all of it is delivered again.
            log.warning("slab.lost_queue", extra={"slabs": len(self._slabs), "slab": slab.key})
            self.requeue_all()
            return
        if slab.in_doubt and self._is_recorded(slab):
            self._broker.publish_and_ack(deliveries, [])
            self._slabs.decided(slab)
            return
        verdict = self._slabs.fold(slab)
        self._broker.publish_and_ack(deliveries, [slab_message(verdict)])
        self._slabs.decided(slab)
        _report(verdict)

    def _is_recorded(self, slab: SlabInFlight) -> bool:
        try:
            return slab.key in self._recorded([slab.key])
        except StoreUnavailable as error:
            log.warning("store.unavailable", extra={"error": str(error)})
            return False

    def _renew_leases(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + _RENEW_EVERY_S
        self._broker.renew_lease(self._slabs.deliveries())


def slab_message(slab: SlabVerdict) -> Message:
    """A slab verdict as it is published."""
    headers: Headers = {"schema_version": SCHEMA_VERSION, "line": slab.line, "slab_id": slab.slab_id}
    if slab.station is not None:
        headers["station"] = slab.station
    if slab.trigger is not None:
        headers["trigger"] = slab.trigger
    key = slab_verdict_key(slab.line, slab.decision.value)
    return Message(slab.slab_verdict_id, key, headers, slab.to_json())


def _report(slab: SlabVerdict) -> None:
    SLABS.labels(line=slab.line, decision=slab.decision.value).inc()
    observe_span(SLAB_LATENCY_SECONDS.labels(line=slab.line), slab.triggered_at, slab.decided_at)
    log.info(
        "slab.decided",
        extra={
            "slab_id": slab.slab_id,
            "station": slab.station,
            "trigger": slab.trigger,
            "decision": slab.decision.value,
            "defect": slab.defect,
            "grade": slab.grade,
            "reasons": ",".join(slab.reasons),
            "frames_seen": slab.frames_seen,
            "frames_expected": slab.frames_expected,
            "latency_ms": round(slab.latency_ms, 1),
        },
    )
