"""What consoles record of alarms becomes changes to tell, each once, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.alarm_event import AlarmAction, AlarmEvents
from marbleline.domain.frame import FrameIds
from marbleline.pipeline.line_alarms import LineAlarms
from tests.builders import SECOND, START, FakeClock

RAISED, RETURNED, ACKNOWLEDGED = AlarmAction.RAISED, AlarmAction.RETURNED, AlarmAction.ACKNOWLEDGED


class Record:
    """A store in which two consoles record, and the one that follows."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.events = AlarmEvents("line-1", FrameIds(self.clock))
        self.follower = LineAlarms("line-1")

    def put(self, action: AlarmAction, subject: str = "saw", *, later_s: float = 1, line: str = "") -> None:
        self.clock.advance(later_s)
        events = AlarmEvents(line, FrameIds(self.clock)) if line else self.events
        event = events.by_line(action, "camera", subject, self.clock(), "why")
        assert self.store.put_alarm_events([event]) == []

    def read(self, since: int = START) -> list[tuple[str, bool]]:
        self.follower.read(self.store, since)
        found = [(alarm.subject, alarm.raised) for alarm in self.follower.pending]
        self.follower.sent()
        return found


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    store = SqliteStore(tmp_path / "store.db")
    yield Record(store)
    store.close()


def test_a_rise_that_several_consoles_record_is_sent_once_and_so_is_its_return(record: Record) -> None:
    assert record.read() == []
    for _ in range(3):
        record.put(RAISED)
    assert record.read() == [("saw", True)]
    record.put(RAISED)
    record.put(ACKNOWLEDGED)
    assert record.read() == []
    record.put(RETURNED)
    record.put(RETURNED)
    assert record.read() == [("saw", False)]
    record.put(RAISED)
    record.put(RETURNED)
    record.put(RAISED, "belt")
    assert record.read() == [("saw", True), ("saw", False), ("belt", True)]
    assert record.read() == []


def test_another_lines_alarms_are_left_to_its_own_worker(record: Record) -> None:
    record.put(RAISED, line="line-2")
    assert record.read() == []


def test_after_a_start_what_is_raised_and_what_changed_lately_is_sent_again(record: Record) -> None:
    record.put(RAISED, "old")
    record.put(RAISED, "over")
    record.put(RETURNED, "over")
    record.put(RAISED, "lately", later_s=1_000)
    record.put(RETURNED, "lately")
    since = START + 900 * SECOND
    assert record.read(since) == [("old", True), ("lately", False)]
    again = LineAlarms("line-1")
    again.read(record.store, since)
    first = [(alarm.subject, alarm.at) for alarm in again.pending]
    assert first == [("old", START + SECOND), ("lately", START + 1_004 * SECOND)], "so the id is the same"


def test_one_that_was_recorded_late_changes_nothing(record: Record) -> None:
    behind = AlarmEvents("line-1", FrameIds(FakeClock()))
    record.put(RAISED, later_s=10)
    record.put(RETURNED)
    assert record.read() == [("saw", False)]
    assert record.store.put_alarm_events([behind.by_line(RAISED, "camera", "saw", START)]) == []
    assert record.read() == []


def test_what_is_not_sent_waits(record: Record) -> None:
    record.put(RAISED)
    record.follower.read(record.store, START)
    record.put(RETURNED)
    assert record.read() == [("saw", True), ("saw", False)]


def test_more_than_a_page_between_two_looks_is_read(record: Record) -> None:
    record.put(RAISED, "first")
    record.read()
    for number in range(250):
        record.put(RAISED, f"camera-{number}", later_s=0.01)
    assert len(record.read()) == 250
