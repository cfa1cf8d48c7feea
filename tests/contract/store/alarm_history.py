"""What happened to alarms: added, found newest first, never changed."""

from contextlib import closing

from msgspec.structs import replace

from marbleline.domain.alarm_event import AlarmAction, AlarmEvents, AlarmState, standings
from marbleline.domain.frame import FrameIds
from marbleline.ports.annotations import AlarmHistory
from marbleline.ports.store import Store
from tests.builders import SECOND, START
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract

HOUR = 3600 * SECOND
LAG, DRIFT = ("lag", "encoded"), ("drift", "камера 1")


class AlarmHistorySuite(StoreContract):
    """What every store keeps of ``ports.annotations.AlarmHistory``."""

    def test_keeps_the_port_of_alarm_history(self, store: Store) -> None:
        assert_keeps(store, AlarmHistory)

    def test_alarm_events_are_there_at_once_whole_once_and_newest_first(
        self, store: Store, connect: Connect
    ) -> None:
        assert store.put_alarm_events([]) == []
        assert store.alarm_events("line-1", 10) == []
        events = AlarmEvents("line-1", FrameIds(lambda: START))
        raised = events.by_line(AlarmAction.RAISED, *LAG, START, "waits for 9 s")
        drift = events.by_line(AlarmAction.RAISED, *DRIFT, START + SECOND, "30 % darker")
        shelved = events.shelf(*DRIFT, START + 2 * SECOND, "ayşe", START + HOUR, "lamba değişiyor")
        other = AlarmEvents("line-2", FrameIds(lambda: START)).by_line(AlarmAction.RAISED, *LAG, START)
        for _ in range(2):
            assert store.put_alarm_events([shelved, raised, other, drift]) == []
        with closing(connect()) as again:
            assert again.alarm_events("line-1", 10) == [shelved, drift, raised]
        assert store.alarm_events("line-1", 1) == [shelved]
        assert store.alarm_events("line-1", 10, after=shelved.event_id) == [drift, raised]
        assert store.alarm_events("line-1", 10, alarm=DRIFT) == [shelved, drift]
        assert store.alarm_events("line-1", 10, after=shelved.event_id, alarm=DRIFT) == [drift]
        assert store.alarm_events("line-1", 10, alarm=("lag", "")) == []
        assert store.alarm_events("line-2", 10) == [other]
        found = standings(store.alarm_events("line-1", 10))
        assert found[DRIFT].state(START + 3 * SECOND) is AlarmState.SHELVED

    def test_an_alarm_of_any_subject_has_a_history(self, store: Store) -> None:
        """As ``Alarm``, whose subject has no bound: a console that can't read its own history would stop."""
        alarm = ("new", "x" * 300)
        event = AlarmEvents("line-1", FrameIds(lambda: START)).by_line(AlarmAction.RAISED, *alarm, START)
        assert store.put_alarm_events([event]) == []
        assert store.alarm_events("line-1", 10, alarm=alarm) == [event]

    def test_an_alarm_event_that_is_there_is_never_changed(self, store: Store) -> None:
        event = AlarmEvents("line-1", FrameIds(lambda: START)).by_person(
            AlarmAction.ACKNOWLEDGED, *LAG, START, "ayşe"
        )
        assert store.put_alarm_events([event]) == []
        assert store.put_alarm_events([replace(event, by="marco")]) == []
        assert store.alarm_events("line-1", 10) == [event]
