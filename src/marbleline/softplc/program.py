"""The soft PLC's program, one ``scan`` after another: it owns the shift register and the gate.

examples/plc/marbleline_gate.st is the same program in Structured Text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from marbleline.domain.gate import GateDecision, PlcMode, PlcStatus, StationState, next_sequence
from marbleline.domain.gate_registers import DATA, DATA_WORDS, HEARTBEAT, STATE, VALID, decode_result
from marbleline.errors import WireError
from marbleline.softplc.belt import Edge

# Sequences skipped at a restart, in case the last ones were not retained: none is ever given twice.
RESTART_GAP: Final = 1000

Event = dict[str, object]


@dataclass(frozen=True, slots=True)
class PlcLimits:
    """What the program holds against the vision side.

    ``gate_mm``       from the trigger's eye to the gate's; ``tolerance_mm`` a slab may slip on its way
    ``debounce_mm``   a trigger so soon after another is the same slab's
    ``answer_s``      after its trigger a result is too late
    ``heartbeat_s``   without a change the vision side counts as dead
    ``watchdog_s``    a scan that comes so late ends the program's outputs; what it holds is rejected
    ``trusting``      read no CRC and no sequence but the valid word's: a careless PLC, for tests only
    """

    gate_mm: float = 500.0
    tolerance_mm: float = 25.0
    debounce_mm: float = 20.0
    answer_s: float = 0.4
    heartbeat_s: float = 0.5
    watchdog_s: float = 0.15
    trusting: bool = False


@dataclass(slots=True)
class _Slab:
    """A place in the shift register."""

    sequence: int
    position: float
    triggered_at: float
    decision: GateDecision = GateDecision.NONE
    cause: str = "no_result"
    words: list[int] = field(default_factory=list)


class PlcProgram:
    """State from scan to scan. ``sequence`` is retentive: the last one given before a restart."""

    def __init__(self, limits: PlcLimits, sequence: int = 0) -> None:
        self._limits = limits
        self._sequence = sequence + RESTART_GAP if sequence else 0
        self._slabs: list[_Slab] = []
        self._scans = 0
        self._encoder = 0
        self._valid = 0
        self._scanned_at: float | None = None
        self._beat: int | None = None
        self._beaten_at = float("-inf")

    def status(self) -> PlcStatus:
        """What the vision side may read."""
        return PlcStatus(
            heartbeat=self._scans & 0xFFFF,
            sequence=self._sequence,
            encoder=self._encoder,
            acknowledged=self._valid,
            recipe=1,
            mode=PlcMode.AUTOMATIC,
        )

    def scan(self, at: float, position: float, edges: Sequence[Edge], vision: Sequence[int]) -> list[Event]:
        """One cycle: ``vision`` are the eleven words of the vision side, read once.

        ``at`` in seconds of a monotonic clock, ``position`` of the belt in millimetres. Returns what
        is worth the log.
        """
        late = self._scanned_at is not None and at - self._scanned_at > self._limits.watchdog_s
        self._scanned_at = at
        self._scans += 1
        self._watch_heartbeat(at, vision[HEARTBEAT])
        if late:
            self._slabs.clear()
            self._valid = vision[VALID]
            return [_rejected(edge, "plc_stalled") for edge in edges if edge.eye == "gate"]
        events: list[Event] = []
        for edge in edges:
            if edge.eye == "trigger":
                events += self._trigger(at, edge)
        events += self._read_result(at, vision)
        for edge in edges:
            if edge.eye == "gate":
                events.append(self._at_gate(at, edge, vision[STATE]))
        end = position - self._limits.gate_mm - self._limits.tolerance_mm
        events += [
            {"event": "no_slab", "sequence": slab.sequence} for slab in self._slabs if slab.position < end
        ]
        self._slabs = [slab for slab in self._slabs if slab.position >= end]
        return events

    def _watch_heartbeat(self, at: float, beat: int) -> None:
        if self._beat is not None and beat != self._beat:
            self._beaten_at = at
        self._beat = beat

    def _fresh(self, at: float) -> bool:
        return at - self._beaten_at <= self._limits.heartbeat_s

    def _trigger(self, at: float, edge: Edge) -> list[Event]:
        if self._slabs and edge.position - self._slabs[-1].position < self._limits.debounce_mm:
            return [{"event": "bounce", "slab": edge.slab}]
        self._sequence = next_sequence(self._sequence)
        self._encoder = int(edge.position) & 0xFFFF_FFFF
        self._slabs.append(_Slab(self._sequence, edge.position, at))
        return [{"event": "trigger", "slab": edge.slab, "sequence": self._sequence}]

    def _read_result(self, at: float, vision: Sequence[int]) -> list[Event]:
        valid = vision[VALID]
        if valid in (0, self._valid):
            return []
        self._valid = valid
        words = list(vision[DATA : DATA + DATA_WORDS])
        slab = next((one for one in self._slabs if one.sequence & 0xFFFF == valid), None)
        cause = "unknown_sequence" if slab is None else self._objection(at, slab, words, vision[STATE])
        if slab is None or cause:
            if slab is not None:
                slab.cause = cause
            return [{"event": "refused", "valid": valid, "cause": cause, "words": words}]
        slab.decision, slab.words = GateDecision(words[2]), words
        took = round(at - slab.triggered_at, 4)
        return [{"event": "accepted", "sequence": slab.sequence, "words": words, "after_s": took}]

    def _objection(self, at: float, slab: _Slab, words: list[int], state: int) -> str:
        """Why a result does not count; empty if it does."""
        if self._limits.trusting:
            return "" if words[2] in tuple(GateDecision) else "crc"
        try:
            result = decode_result(words)
        except WireError:
            return "crc"
        doubts = {
            "sequence": result.sequence != slab.sequence,
            "repeated": slab.decision is not GateDecision.NONE,
            "state": state != StationState.RUNNING,
            "heartbeat": not self._fresh(at),
            "late": at - slab.triggered_at > self._limits.answer_s,
        }
        return next((name for name, holds in doubts.items() if holds), "")

    def _at_gate(self, at: float, edge: Edge, state: int) -> Event:
        """Open for the slab whose front is here, or don't."""
        here = [
            slab
            for slab in self._slabs
            if abs(slab.position + self._limits.gate_mm - edge.position) <= self._limits.tolerance_mm
        ]
        self._slabs = [slab for slab in self._slabs if slab not in here]
        if len(here) != 1:
            return _rejected(edge, "ambiguous" if here else "no_trigger")
        [slab] = here
        if slab.decision is not GateDecision.GOOD:
            cause = slab.cause if slab.decision is GateDecision.NONE else slab.decision.name.lower()
        else:
            cause = "" if self._fresh(at) and state == StationState.RUNNING else "heartbeat"
        return {
            "event": "gate",
            "slab": edge.slab,
            "sequence": slab.sequence,
            "passed": not cause,
            "cause": cause or "good",
            "words": slab.words,
        }


def _rejected(edge: Edge, cause: str) -> Event:
    return {
        "event": "gate",
        "slab": edge.slab,
        "sequence": None,
        "passed": False,
        "cause": cause,
        "words": [],
    }
