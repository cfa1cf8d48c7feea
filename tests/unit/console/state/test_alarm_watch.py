"""The console records when an alarm is raised and when it returns, once, and nothing while it is cut off."""

from dataclasses import replace

from marbleline.console.state.alarm_watch import RAISED_AFTER, RETURNED_AFTER, AlarmWatch
from marbleline.console.state.snapshot import Snapshot
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent, AlarmEvents, standings
from marbleline.domain.frame import FrameIds
from marbleline.domain.records import CameraState
from tests.builders import START
from tests.unit.console.state.test_alarms import LIVE, NOW, camera, make_snapshot

BROKEN = make_snapshot(cameras=(camera(state=CameraState.OFFLINE),))
FINE = make_snapshot()


class Watch:
    """A watch whose events are on record at once."""

    def __init__(self) -> None:
        self.watch = AlarmWatch(AlarmEvents("line-1", FrameIds(lambda: START)))
        self.events: list[AlarmEvent] = []

    def look(self, snapshot: Snapshot, times: int = 1) -> list[tuple[AlarmAction, str]]:
        made: list[AlarmEvent] = []
        for _ in range(times):
            found = self.watch.changes(snapshot, standings(self.events))
            self.events += found
            made += found
        return [(event.action, event.subject) for event in made]


def test_an_alarm_that_stays_is_recorded_once_and_so_is_its_return() -> None:
    watch = Watch()
    assert watch.look(BROKEN, RAISED_AFTER - 1) == []
    assert watch.look(BROKEN, 5) == [(AlarmAction.RAISED, "camera-1")]
    assert watch.look(FINE, RETURNED_AFTER - 1) == []
    assert watch.look(FINE, 5) == [(AlarmAction.RETURNED, "camera-1")]
    assert [(event.at, event.by) for event in watch.events] == [(NOW, ""), (NOW, "")]


def test_an_alarm_that_chatters_is_not_recorded_each_time() -> None:
    watch = Watch()
    for _ in range(5):
        assert watch.look(BROKEN, RAISED_AFTER - 1) + watch.look(FINE) == []
    watch.look(BROKEN, RAISED_AFTER)
    for _ in range(5):
        assert watch.look(FINE, RETURNED_AFTER - 1) + watch.look(BROKEN) == []


def test_a_console_that_is_cut_off_lets_no_alarm_return() -> None:
    watch = Watch()
    watch.look(BROKEN, RAISED_AFTER)
    for away in (
        replace(FINE, broker=LIVE.failed(NOW, "x")),
        replace(FINE, store=LIVE.failed(NOW, "x")),
    ):
        watch.look(FINE, RETURNED_AFTER - 1)
        assert watch.look(away, 10) + watch.look(FINE, RETURNED_AFTER - 1) == []
