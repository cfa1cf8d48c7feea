"""The log of alarms stays bounded, and an old alarm is still known in it."""

from pathlib import Path

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.alarm_log import MAX_EVENTS, AlarmLog, unread_events
from marbleline.domain.alarm_event import AlarmAction, AlarmEvents, AlarmState
from marbleline.domain.frame import FrameIds
from tests.builders import START

OLD, BUSY = ("drift", "camera-1"), ("late", "")


def chatter(events: AlarmEvents, times: int) -> list[AlarmAction]:
    return [(AlarmAction.RAISED, AlarmAction.RETURNED)[number % 2] for number in range(times)]


def test_the_log_is_bounded_and_keeps_what_tells_the_state_of_an_old_alarm() -> None:
    events, log = AlarmEvents("line-1", FrameIds(lambda: START)), AlarmLog()
    log.add(
        [
            events.by_line(AlarmAction.RAISED, *OLD, START),
            events.by_person(AlarmAction.ACKNOWLEDGED, *OLD, START, "anna"),
        ]
    )
    log.add(events.by_line(action, *BUSY, START) for action in chatter(events, MAX_EVENTS + 100))
    assert len(log.newest) == MAX_EVENTS + 2
    assert log.standings[OLD].state(START) is AlarmState.ACKNOWLEDGED
    assert log.newest[0].event_id > log.newest[-1].event_id
    assert log.unknown([OLD, ("gate", "")]) == [("gate", "")]


def test_what_is_new_in_the_store_is_read_back_to_what_is_known(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    events, log = AlarmEvents("line-1", FrameIds(lambda: START)), AlarmLog()
    made = [events.by_line(action, *BUSY, START) for action in chatter(events, 950)]
    store.put_alarm_events(made[:500])
    assert len(unread_events(store, "line-1", log)) == 500
    log.add(made[:500])
    store.put_alarm_events(made[500:])
    found = unread_events(store, "line-1", log)
    assert {one.event_id for one in made[500:]} <= {one.event_id for one in found}
    assert len(found) < len(made), "not all is read again"
    store.close()
