"""What every gate keeps, held against a PLC's memory behind a real TCP server and a wire that can be cut."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import pytest

from marbleline.domain.gate import GateDecision, GateReason, GateResult, PlcMode, PlcStatus, StationState
from marbleline.domain.gate_registers import decode_result, encode_result, valid_word
from marbleline.errors import GateUnavailable, ResultLate
from marbleline.ports.gate import Gate
from marbleline.softplc.memory import Memory
from tests.builders import wait_until
from tests.contract.promises import assert_keeps
from tests.services.wire_cutter import Wire, WireCutter

STATUS = PlcStatus(7, 0x0001_0002, 0xFFFF_FFFE, 42, 3, PlcMode.AUTOMATIC)
RESULT = GateResult(0x0001_0002, GateDecision.FAULTY, 2, 1, GateReason.DEFECT, 3, 4)
LATER = 3600.0


class ManualTime:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Plc(ABC):
    """A PLC's memory, served by the protocol of the suite's gate."""

    def __init__(self) -> None:
        self.time = ManualTime()
        self.memory = Memory()
        self.memory.show(STATUS)
        self.port = self.serve()
        self.wire = WireCutter("127.0.0.1", self.port)

    @abstractmethod
    def serve(self) -> int:
        """Start the server; returns its port."""

    @abstractmethod
    def writes(self) -> list[tuple[int, int]]:
        """The first register and the number of words of each write so far."""

    @abstractmethod
    def open(self) -> Gate:
        """A gate that reaches the server through the wire."""

    @abstractmethod
    def stop(self) -> None:
        """End the server."""

    def vision(self) -> list[int]:
        """What the vision side has written."""
        return self.memory.vision()


class GateSuite:
    """Inherit, and provide the fixture ``plc``."""

    @pytest.fixture
    def gate(self, plc: Plc) -> Iterator[Gate]:
        gate = plc.open()
        yield gate
        gate.close()
        plc.wire.close()
        plc.stop()

    def test_it_keeps_the_port(self, gate: Gate) -> None:
        assert_keeps(gate, Gate)

    def test_it_reads_all_that_the_plc_says(self, gate: Gate) -> None:
        assert gate.read() == STATUS

    def test_heartbeat_and_state_arrive(self, gate: Gate, plc: Plc) -> None:
        gate.beat(65_535, StationState.RUNNING)

        assert plc.vision()[:2] == [65_535, 1]

    def test_a_result_arrives_whole(self, gate: Gate, plc: Plc) -> None:
        gate.offer(RESULT, plc.time.at + LATER)

        words = plc.vision()
        assert decode_result(words[2:10]) == RESULT
        assert words[10] == valid_word(RESULT.sequence)

    def test_valid_comes_last_and_in_a_request_of_its_own(self, gate: Gate, plc: Plc) -> None:
        gate.offer(RESULT, plc.time.at + LATER)

        assert plc.writes() == [(102, 8), (110, 1)]

    def test_the_heartbeat_leaves_results_alone(self, gate: Gate, plc: Plc) -> None:
        gate.offer(RESULT, plc.time.at + LATER)
        before = plc.vision()
        gate.beat(1, StationState.FAULT)

        assert plc.vision()[2:] == before[2:]

    def test_after_its_deadline_nothing_of_a_result_is_written(self, gate: Gate, plc: Plc) -> None:
        with pytest.raises(ResultLate, match="slab 65538"):
            gate.offer(RESULT, plc.time.at)

        assert plc.writes() == []

    def test_valid_is_not_written_if_the_deadline_passes_after_the_data(self, gate: Gate, plc: Plc) -> None:
        until = plc.time.at + 1.0

        def passes(first: int, words: Sequence[int]) -> None:
            plc.time.at = until

        self.on_data(plc, passes)
        with pytest.raises(ResultLate):
            gate.offer(RESULT, until)

        assert plc.vision()[2:10] == encode_result(RESULT)
        assert plc.vision()[10] == 0

    def on_data(self, plc: Plc, act: Callable[[int, Sequence[int]], None]) -> None:
        """Have ``act`` called by the server when the data arrive, before it answers."""
        plc.memory.on_write = act

    def test_a_link_that_is_cut_is_told_of_and_comes_back(self, gate: Gate, plc: Plc) -> None:
        assert gate.read() == STATUS
        plc.wire.state = Wire.CUT
        wait_until(lambda: not self.reads(gate), what="the cut")
        with pytest.raises(GateUnavailable, match="PLC"):
            gate.read()
        plc.wire.state = Wire.WHOLE

        wait_until(lambda: self.reads(gate), what="a connection")

    def test_a_plc_that_is_away_is_told_of(self, gate: Gate, plc: Plc) -> None:
        plc.wire.close()

        with pytest.raises(GateUnavailable):
            gate.read()
        with pytest.raises(GateUnavailable):
            gate.beat(1, StationState.RUNNING)
        with pytest.raises(GateUnavailable):
            gate.offer(RESULT, plc.time.at + LATER)

    def test_a_result_over_a_link_that_hangs_is_given_up_and_not_written_again(
        self, gate: Gate, plc: Plc
    ) -> None:
        gate.read()
        plc.wire.state = Wire.HUNG
        with pytest.raises(GateUnavailable):
            gate.offer(RESULT, plc.time.at + LATER)
        plc.wire.state = Wire.WHOLE
        wait_until(lambda: self.reads(gate), what="a connection")

        # What hung may arrive after all: the data. No valid word was ever sent.
        assert plc.vision()[10] == 0
        assert (110, 1) not in plc.writes()

    def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(self, gate: Gate, plc: Plc) -> None:
        gate.read()
        plc.wire.state = Wire.HUNG
        with pytest.raises(GateUnavailable):
            gate.read()
        plc.memory.show(PlcStatus(8, 5, 6, 7, 8, PlcMode.MANUAL))
        plc.wire.state = Wire.WHOLE
        wait_until(lambda: self.reads(gate), what="a connection")

        assert gate.read().sequence == 5

    def test_a_gate_that_is_closed_twice_does_no_harm(self, plc: Plc) -> None:
        gate = plc.open()
        gate.read()

        gate.close()
        gate.close()
        plc.wire.close()
        plc.stop()

    @staticmethod
    def reads(gate: Gate) -> bool:
        """Whether the PLC answers."""
        try:
            gate.read()
        except GateUnavailable:
            return False
        return True
