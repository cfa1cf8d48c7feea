"""The PLC's program: the gate opens for a good slab's own, whole, timely result, and for nothing else."""

from dataclasses import dataclass, field, replace

import pytest

from marbleline.domain.gate import GateDecision, GateResult, StationState
from marbleline.domain.gate_registers import crc16, encode_result, valid_word
from marbleline.softplc.belt import Belt
from marbleline.softplc.program import RESTART_GAP, Event, PlcLimits, PlcProgram

SCAN_S = 0.01
LIMITS = PlcLimits(gate_mm=400.0)


@dataclass
class Line:
    """A program, the belt under it, and the words of the vision side."""

    program: PlcProgram = field(default_factory=lambda: PlcProgram(LIMITS))
    belt: Belt = field(default_factory=lambda: Belt(start=0.0, pitch_mm=125.0, length_mm=80, gate_mm=400.0))
    at: float = 0.0
    vision: list[int] = field(default_factory=lambda: [0, int(StationState.RUNNING), *[0] * 9])
    beats: bool = True
    log: list[Event] = field(default_factory=list)

    def run(self, until: float) -> None:
        """Scan until the belt has run for ``until`` seconds."""
        while self.at < until - SCAN_S / 2:
            self.step(SCAN_S)

    def step(self, seconds: float) -> None:
        """One scan, so long after the last."""
        before, self.at = self.belt.position(self.at), self.at + seconds
        if self.beats:
            self.vision[0] = self.vision[0] + 1 & 0xFFFF
        position = self.belt.position(self.at)
        edges = self.belt.edges(before, position)
        self.log += self.program.scan(self.at, position, edges, self.vision)

    def tell(self, result: GateResult) -> None:
        """Data and valid at once."""
        self.vision[2:10] = encode_result(result)
        self.vision[10] = valid_word(result.sequence)

    def gate(self, slab: int) -> tuple[object, object]:
        """Whether the slab passed, and why or why not."""
        [found] = [one for one in self.log if one["event"] == "gate" and one["slab"] == slab]
        return found["passed"], found["cause"]


def good(sequence: int) -> GateResult:
    """A result for which the gate opens."""
    return GateResult(sequence, GateDecision.GOOD)


def test_a_good_slab_passes() -> None:
    line = Line()
    line.run(0.2)
    line.tell(good(1))
    line.run(0.6)

    assert line.gate(1) == (True, "good")
    assert line.program.status().acknowledged == 1


def test_a_slab_without_result_is_rejected() -> None:
    line = Line()
    line.run(0.6)

    assert line.gate(1) == (False, "no_result")


@pytest.mark.parametrize("decision", [GateDecision.FAULTY, GateDecision.REVIEW, GateDecision.NONE])
def test_only_good_opens_the_gate(decision: GateDecision) -> None:
    line = Line()
    line.run(0.2)
    line.tell(GateResult(1, decision))
    line.run(0.6)

    assert line.gate(1)[0] is False


def test_a_result_is_its_own_slabs() -> None:
    line = Line()
    line.run(0.3)
    line.tell(good(2))
    line.run(0.7)

    assert line.gate(1) == (False, "no_result")
    assert line.gate(2) == (True, "good")


def test_data_of_another_slab_do_not_count() -> None:
    line = Line()
    line.run(0.2)
    line.vision[2:10] = encode_result(good(9))
    line.vision[10] = valid_word(1)
    line.run(0.6)

    assert line.gate(1) == (False, "sequence")


def test_data_that_are_not_whole_do_not_count() -> None:
    line = Line()
    line.run(0.2)
    line.vision[2:10] = encode_result(good(1))[:4] + encode_result(GateResult(1, GateDecision.FAULTY, 3))[4:]
    line.vision[10] = valid_word(1)
    line.run(0.6)

    assert line.gate(1) == (False, "crc")


def test_an_unknown_decision_does_not_count() -> None:
    line = Line()
    line.run(0.2)
    words = encode_result(good(1))
    words[2] = 5
    line.vision[2:10] = [*words[:7], crc16(words[:7])]
    line.vision[10] = valid_word(1)
    line.run(0.6)

    assert line.gate(1) == (False, "crc")


def test_data_without_valid_do_not_count() -> None:
    line = Line()
    line.run(0.2)
    line.vision[2:10] = encode_result(good(1))
    line.run(0.6)

    assert line.gate(1) == (False, "no_result")


def test_a_result_after_its_deadline_does_not_count() -> None:
    line = Line(PlcProgram(replace(LIMITS, answer_s=0.1)))
    line.run(0.3)
    line.tell(good(1))
    line.run(0.6)

    assert line.gate(1) == (False, "late")


def test_a_second_result_of_a_slab_does_not_count() -> None:
    line = Line()
    line.run(0.2)
    line.tell(GateResult(1, GateDecision.FAULTY))
    line.run(0.3)
    line.tell(good(2))
    line.run(0.32)
    line.tell(good(1))
    line.run(0.6)

    assert line.gate(1) == (False, "faulty")


def test_without_heartbeat_no_result_counts() -> None:
    line = Line(beats=False)
    line.run(0.2)
    line.tell(good(1))
    line.run(0.6)

    assert line.gate(1) == (False, "heartbeat")


def test_the_gate_shuts_when_the_heartbeat_stops_after_a_good_result() -> None:
    line = Line(PlcProgram(replace(LIMITS, heartbeat_s=0.1)))
    line.run(0.2)
    line.tell(good(1))
    line.run(0.22)
    line.beats = False
    line.run(0.6)

    assert line.gate(1) == (False, "heartbeat")


def test_a_station_that_is_not_running_opens_nothing() -> None:
    line = Line()
    line.vision[1] = StationState.FAULT
    line.run(0.2)
    line.tell(good(1))
    line.run(0.6)

    assert line.gate(1) == (False, "state")


def test_a_slab_whose_trigger_was_lost_is_rejected() -> None:
    line = Line(belt=Belt(start=0.0, pitch_mm=125.0, gate_mm=400.0, lost=frozenset({1})))
    line.run(0.3)
    line.tell(good(1))  # of slab 2, whose trigger was the first
    line.run(0.7)

    assert line.gate(1) == (False, "no_trigger")
    assert line.gate(2) == (True, "good")


def test_a_trigger_that_bounces_is_one() -> None:
    line = Line(belt=Belt(start=0.0, pitch_mm=125.0, gate_mm=400.0, bounces={1: 10.0}))
    line.run(0.2)

    assert line.program.status().sequence == 1


def test_a_second_trigger_of_a_slab_opens_nothing_for_the_next() -> None:
    belt = Belt(start=0.0, pitch_mm=125.0, gate_mm=400.0, bounces={1: 70.0}, lost=frozenset({2}))
    line = Line(belt=belt)
    line.run(0.2)
    line.tell(good(1))
    line.run(0.22)
    line.tell(good(2))  # of slab 1 again
    line.run(0.7)

    assert line.gate(1) == (True, "good")
    assert line.gate(2) == (False, "no_trigger")
    assert {"event": "no_slab", "sequence": 2} in line.log


def test_a_slab_that_slips_too_far_is_rejected() -> None:
    line = Line(PlcProgram(replace(LIMITS, gate_mm=360.0)))
    line.run(0.2)
    line.tell(good(1))
    line.run(0.6)

    assert line.gate(1) == (False, "no_trigger")


def test_after_a_scan_that_came_late_nothing_that_it_held_passes() -> None:
    line = Line()
    line.run(0.2)
    line.tell(good(1))
    line.run(0.22)
    line.step(0.25)
    line.run(0.8)

    assert line.gate(1) == (False, "no_trigger")
    assert line.gate(2) == (False, "no_trigger")


def test_a_restart_gives_no_sequence_twice_and_forgets_what_was_on_its_way() -> None:
    before = Line()
    before.run(0.3)
    line = Line(PlcProgram(LIMITS, sequence=before.program.status().sequence), at=before.at)
    line.run(0.4)
    given = line.program.status().sequence

    assert before.program.status().sequence == 2
    assert given > RESTART_GAP

    line.tell(good(2))
    line.run(0.45)
    line.tell(good(given))
    line.run(0.9)

    assert line.gate(2) == (False, "no_trigger")
    assert line.gate(3) == (True, "good")
