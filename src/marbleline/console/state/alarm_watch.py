"""Puts on record when an alarm of the line is raised and when it returns to normal.

Most alarms are found by the console itself, in what it sees of cameras and queues, so it is the console that
records them. Several consoles may do so: an event that repeats the one before changes no state.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from marbleline.console.state.alarm_causes import recorded_cause
from marbleline.console.state.alarms import ActiveAlarm, active_alarms
from marbleline.console.state.snapshot import Snapshot
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent, AlarmEvents, AlarmStanding

RAISED_AFTER: Final = 2
RETURNED_AFTER: Final = 3
"""Looks in succession for which an alarm has to be there, or gone, to be recorded: one that chatters is not
recorded each time.
"""

Key = tuple[str, str]


class AlarmWatch:
    """Asked at every look of the poller; for one thread."""

    def __init__(self, events: AlarmEvents) -> None:
        self._events = events
        self._seen: dict[Key, int] = {}
        self._gone: dict[Key, int] = {}

    def changes(self, snapshot: Snapshot, standings: Mapping[Key, AlarmStanding]) -> list[AlarmEvent]:
        """What to record now. Nothing while a connection is away: the line is then not seen."""
        if not (snapshot.broker.connected and snapshot.store.connected):
            self._seen, self._gone = {}, {}
            return []
        found = {alarm.key: alarm for alarm in active_alarms(snapshot)}
        recorded = {key for key, standing in standings.items() if standing.active}
        self._seen = _counted(self._seen, found.keys() - recorded)
        self._gone = _counted(self._gone, recorded - found.keys())
        raised = [found[key] for key, looks in self._seen.items() if looks >= RAISED_AFTER]
        returned = [key for key, looks in self._gone.items() if looks >= RETURNED_AFTER]
        at = snapshot.taken_at
        return [
            *raised_events(self._events, raised, at),
            *(self._events.by_line(AlarmAction.RETURNED, *key, at) for key in returned),
        ]


def raised_events(events: AlarmEvents, alarms: Iterable[ActiveAlarm], at: int) -> list[AlarmEvent]:
    """The events that put these alarms on record."""
    return [
        events.by_line(AlarmAction.RAISED, alarm.kind, alarm.subject, at, recorded_cause(alarm))
        for alarm in alarms
    ]


def _counted(before: Mapping[Key, int], now: Collection[Key]) -> dict[Key, int]:
    return {key: before.get(key, 0) + 1 for key in now}
