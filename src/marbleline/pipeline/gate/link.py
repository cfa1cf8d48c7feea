"""The thread that talks with the PLC: reads triggers, shows that this side lives, sends results."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.domain.gate import GateResult, StationState
from marbleline.domain.gate_registers import valid_word
from marbleline.errors import GateUnavailable, ResultLate
from marbleline.pipeline.gate.trigger_clock import TimedTrigger, TriggerClock
from marbleline.ports.gate import Gate
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import GATE_LINK_UP, GATE_RESULTS, GATE_SECONDS, GATE_TRIGGERS

log = logging.getLogger("marbleline.gate")

# Triggers that wait for the judge; those behind would be too old in any case.
_TRIGGERS: Final = 4
_RETRY_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """``poll_s``: seconds between two readings of the PLC, ``beat_s``: between two heartbeats."""

    poll_s: float = 0.004
    beat_s: float = 0.1


@dataclass(frozen=True, slots=True)
class PendingResult:
    """A result that the PLC has to have by ``until``, of a slab that was triggered at ``triggered``.

    Both in seconds of the monotonic clock.
    """

    result: GateResult
    triggered: float
    until: float


class GateLink:
    """``run`` on a thread of its own; ``next_trigger`` and ``send_result`` are for the thread that judges.

    ``state``   what the station says of itself now
    ``missed``  told of triggers that nobody will look at: their sequences
    ``linked``  told whether the PLC answers, and why not, each time that this changes
    """

    def __init__(
        self,
        gate: Gate,
        state: Callable[[], StationState],
        timing: LinkTiming | None = None,
        missed: Callable[[Sequence[int]], None] = lambda sequences: None,
        linked: Callable[[bool, str], None] = lambda up, cause: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gate = gate
        self._state = state
        self._timing = timing or LinkTiming()
        self._missed = missed
        self._linked = linked
        self._monotonic = monotonic
        self._clock = TriggerClock()
        self._triggers: queue.Queue[TimedTrigger] = queue.Queue(_TRIGGERS)
        self._results: queue.SimpleQueue[PendingResult] = queue.SimpleQueue()
        self._unacknowledged: PendingResult | None = None
        self._beat = 0
        self._beat_at = float("-inf")
        self._up: bool | None = None

    def next_trigger(self, wait_s: float) -> TimedTrigger | None:
        """The next trigger to answer, None if none came in time."""
        try:
            return self._triggers.get(timeout=wait_s)
        except queue.Empty:
            return None

    def send_result(self, result: PendingResult) -> None:
        """Queue a result for the PLC; it is dropped if its deadline passes first. Returns at once."""
        self._results.put(result)

    def run(self, stop: threading.Event, heartbeat: Heartbeat) -> None:
        """Talk with the PLC until ``stop`` is set; then say that the station has stopped."""
        try:
            while not stop.is_set():
                try:
                    self.step()
                except GateUnavailable as error:
                    self._lost(error, heartbeat)
                    stop.wait(_RETRY_S)
                else:
                    heartbeat.ok()
                    stop.wait(self._timing.poll_s)
            self._send_stopped()
        finally:
            self._gate.close()

    def step(self) -> None:
        """Read once, beat if it is time, send one result if the PLC is ready for it.

        Raises GateUnavailable.
        """
        asked_at = self._monotonic()
        status = self._gate.read()
        self._regained()
        reading = self._clock.read(asked_at, status)
        if reading.resynchronised:
            log.warning("gate.resynchronised", extra={"sequence": status.sequence})
        if reading.missed:
            self._miss(reading.missed, "came and went between two readings")
        if reading.trigger is not None:
            self._offer_trigger(reading.trigger)
        if asked_at >= self._beat_at:
            self._beat_at = asked_at + self._timing.beat_s
            self._beat = self._beat + 1 & 0xFFFF
            self._gate.beat(self._beat, self._state())
        self._await_acknowledgement(status.acknowledged)
        self._send_next()

    def _offer_trigger(self, trigger: TimedTrigger) -> None:
        GATE_TRIGGERS.labels(outcome="seen").inc()
        try:
            self._triggers.put_nowait(trigger)
        except queue.Full:
            self._miss([trigger.sequence], "the judge is behind")

    def _miss(self, sequences: Sequence[int], why: str) -> None:
        GATE_TRIGGERS.labels(outcome="missed").inc(len(sequences))
        log.warning("gate.missed", extra={"triggers": len(sequences), "first": sequences[0], "detail": why})
        self._missed(sequences)

    def _await_acknowledgement(self, acknowledged: int) -> None:
        waiting = self._unacknowledged
        if waiting is None:
            return
        if acknowledged == valid_word(waiting.result.sequence):
            self._unacknowledged = None
        elif self._monotonic() >= waiting.until:
            self._unacknowledged = None
            log.warning("gate.not_acknowledged", extra={"trigger": waiting.result.sequence})

    def _send_next(self) -> None:
        if self._unacknowledged is not None:
            return
        try:
            pending = self._results.get_nowait()
        except queue.Empty:
            return
        outcome = "unconfirmed"
        try:
            self._gate.offer(pending.result, pending.until)
            outcome = "told"
            self._unacknowledged = pending
            GATE_SECONDS.observe(self._monotonic() - pending.triggered)
        except ResultLate:
            outcome = "late"
        finally:
            decision = pending.result.decision.name.lower()
            GATE_RESULTS.labels(decision=decision, outcome=outcome).inc()
            log.info(
                "gate.result",
                extra={
                    "trigger": pending.result.sequence,
                    "decision": decision,
                    "outcome": outcome,
                    "after_ms": round((self._monotonic() - pending.triggered) * 1000, 1),
                },
            )

    def _regained(self) -> None:
        if self._up is not True:
            log.info("gate.connected")
            GATE_LINK_UP.set(1)
            self._linked(True, "")
        self._up = True

    def _lost(self, error: GateUnavailable, heartbeat: Heartbeat) -> None:
        heartbeat.degraded("gate", error)
        # The result under way may have arrived or not; the PLC rejects it, and it is not sent again.
        self._unacknowledged = None
        if self._up is not False:
            log.warning("gate.unavailable", extra={"error": str(error)})
            GATE_LINK_UP.set(0)
            self._linked(False, str(error))
        self._up = False

    def _send_stopped(self) -> None:
        try:
            self._gate.beat(self._beat + 1 & 0xFFFF, StationState.STOPPED)
        except GateUnavailable as error:
            log.info("gate.unavailable", extra={"error": str(error)})
