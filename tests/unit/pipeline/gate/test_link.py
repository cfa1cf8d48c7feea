"""The thread that talks with the PLC."""

import threading

import pytest

from marbleline.domain.gate import GateDecision, GateResult, StationState
from marbleline.errors import GateUnavailable
from marbleline.pipeline.gate.link import GateLink, PendingResult
from marbleline.telemetry.health import Heartbeat
from tests.unit.pipeline.gate.fakes import ManualTime, ScriptedGate, status


class Talk:
    """A link to a scripted PLC; each ``step`` takes 5 ms and a scan."""

    def __init__(self) -> None:
        self.time = ManualTime()
        self.gate = ScriptedGate(self.time)
        self.state = StationState.RUNNING
        self.missed: list[int] = []
        self.links: list[bool] = []
        self.link = GateLink(
            self.gate,
            lambda: self.state,
            missed=self.missed.extend,
            linked=lambda up, cause: self.links.append(up),
            monotonic=self.time,
        )
        self.scans = 1

    def step(self, sequence: int = 0, acknowledged: int = 0, seconds: float = 0.005) -> None:
        self.time.at += seconds
        self.scans += 1
        self.gate.status = status(self.scans, sequence, acknowledged)
        self.link.step()

    def send(self, sequence: int, within: float = 1.0) -> None:
        result = GateResult(sequence, GateDecision.GOOD)
        self.link.send_result(PendingResult(result, self.time.at, self.time.at + within))

    @property
    def told(self) -> list[int]:
        return [result.sequence for result in self.gate.told]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_new_trigger_is_handed_over_once(talk: Talk) -> None:
    for sequence in (7, 7, 8, 8):
        talk.step(sequence)

    trigger = talk.link.next_trigger(0)
    assert trigger is not None
    assert trigger.sequence == 8
    assert talk.link.next_trigger(0) is None


def test_triggers_that_came_and_went_are_told_of(talk: Talk) -> None:
    talk.step(7)
    talk.step(10)

    assert talk.missed == [8, 9]


def test_triggers_that_the_judge_does_not_take_are_told_of(talk: Talk) -> None:
    for sequence in range(7, 14):
        talk.step(sequence)

    assert talk.missed == [12, 13]


def test_a_result_waits_until_the_one_before_is_acknowledged(talk: Talk) -> None:
    talk.send(7)
    talk.send(8)
    talk.step()
    talk.step()
    assert talk.told == [7]

    talk.step(acknowledged=7)
    assert talk.told == [7, 8]


def test_a_result_that_is_never_acknowledged_holds_up_the_next_no_longer_than_its_deadline(
    talk: Talk,
) -> None:
    talk.send(7, within=0.022)
    talk.send(8)
    for _ in range(4):
        talk.step()
    assert talk.told == [7]

    talk.step()
    assert talk.told == [7, 8]


def test_a_result_is_not_told_after_its_deadline(talk: Talk) -> None:
    talk.send(7, within=0.004)
    talk.send(8)
    talk.step()
    talk.step()

    assert talk.told == [8]


def test_a_result_whose_write_failed_is_not_told_again(talk: Talk) -> None:
    talk.gate.offer_trouble = [GateUnavailable("gone")]
    talk.send(7)
    with pytest.raises(GateUnavailable):
        talk.step()
    for _ in range(5):
        talk.step()

    assert talk.told == []


def test_the_heartbeat_goes_on_and_says_how_the_station_is(talk: Talk) -> None:
    for place in range(60):
        if place == 30:
            talk.state = StationState.FAULT
        talk.step()

    beats = [beat for beat, _ in talk.gate.beats]
    assert beats == sorted(set(beats))
    assert len(beats) == 3
    assert [state for _, state in talk.gate.beats] == [
        StationState.RUNNING,
        StationState.RUNNING,
        StationState.FAULT,
    ]


def test_a_plc_that_is_away_is_asked_again_until_it_answers(talk: Talk) -> None:
    stop, heartbeat = threading.Event(), Heartbeat("plc")
    talk.gate.trouble = [GateUnavailable("away"), GateUnavailable("away")]
    answer = talk.gate.read

    def read_and_stop() -> object:
        found = answer()
        stop.set()
        return found

    talk.gate.read = read_and_stop  # type: ignore[method-assign, assignment]
    talk.link.run(stop, heartbeat)

    assert talk.gate.trouble == []
    assert heartbeat.trouble is None
    assert talk.links == [False, True]
    assert talk.gate.closed == 1


def test_a_station_that_stops_says_so(talk: Talk) -> None:
    stop = threading.Event()
    stop.set()

    talk.link.run(stop, Heartbeat("plc"))

    assert talk.gate.beats[-1][1] is StationState.STOPPED
