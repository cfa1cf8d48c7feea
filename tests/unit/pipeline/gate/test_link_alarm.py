"""The alarm of a PLC that does not answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.errors import StoreUnavailable
from marbleline.pipeline.gate.link_alarm import LinkAlarm
from tests.builders import FakeClock
from tests.unit.pipeline.gate.fakes import ManualTime


class Alarmed:
    """A link's alarm in a store."""

    def __init__(self, folder: Path) -> None:
        self.time, self.clock = ManualTime(), FakeClock()
        self.store = SqliteStore(folder / "store.db")
        self.alarm = self.started()

    def started(self) -> LinkAlarm:
        return LinkAlarm(lambda: self.store, "line-1", "modbus:plc:502", 2.0, self.clock, self.time)

    def pass_time(self, seconds: float) -> None:
        self.time.at += seconds
        self.clock.advance(seconds)
        self.alarm.step(self.store)

    @property
    def state(self) -> list[tuple[bool, str]]:
        return [(one.raised, one.cause) for one in self.store.alarms()]


@pytest.fixture
def alarmed(tmp_path: Path) -> Iterator[Alarmed]:
    alarmed = Alarmed(tmp_path)
    yield alarmed
    alarmed.store.close()


def test_it_is_raised_after_a_while_and_cleared_when_the_plc_answers(alarmed: Alarmed) -> None:
    alarmed.alarm.note(False, "no answer")
    alarmed.pass_time(1.9)
    assert alarmed.state == []

    alarmed.pass_time(0.2)
    assert alarmed.state == [(True, "no answer")]

    alarmed.alarm.note(True, "")
    alarmed.pass_time(0.1)
    assert alarmed.state == [(False, "the PLC answers")]


def test_a_moment_without_the_plc_raises_none(alarmed: Alarmed) -> None:
    alarmed.alarm.note(False, "no answer")
    alarmed.pass_time(1.0)
    alarmed.alarm.note(True, "")
    alarmed.pass_time(5.0)

    assert alarmed.state == []


def test_one_that_was_raised_before_a_restart_is_cleared(alarmed: Alarmed) -> None:
    alarmed.alarm.note(False, "no answer")
    alarmed.pass_time(3.0)
    alarmed.alarm = alarmed.started()
    alarmed.alarm.note(True, "")
    alarmed.pass_time(0.1)

    assert alarmed.state == [(False, "the PLC answers")]


def test_a_store_that_is_away_is_told_when_it_is_back(
    alarmed: Alarmed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> list[object]:
        raise StoreUnavailable("unplugged")

    alarmed.alarm.note(False, "no answer")
    with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
        patch.setattr(alarmed.store, "alarms", away)
        alarmed.pass_time(3.0)

    alarmed.pass_time(0.1)
    assert alarmed.state == [(True, "no answer")]
