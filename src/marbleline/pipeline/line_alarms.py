"""Follows what consoles put on record of a line's alarms, so that each change is sent once.

Several consoles may record the same: only what changes an alarm's state is a change, whoever saw it first.
"""

from typing import Final

from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent
from marbleline.domain.line_alarm import alarm_of_event
from marbleline.ports.annotations import AlarmHistory

MOST_EVENTS: Final = 2_000
"""Newest events that are read at a time."""

_PAGE: Final = 200
_CHANGES: Final = {AlarmAction.RAISED: True, AlarmAction.RETURNED: False}


class LineAlarms:
    """The changes of a line's alarms are in ``pending``, oldest first, until ``sent`` is called.

    For one thread.
    """

    def __init__(self, line: str) -> None:
        self.pending: list[Alarm] = []
        self._line = line
        self._newest = ""
        self._known: dict[tuple[str, str], AlarmEvent] = {}

    def read(self, store: AlarmHistory, since: float) -> None:
        """Take up what was recorded since the last call. Raises StoreUnavailable.

        At the first call: of each alarm the newest change, if it is raised or changed at ``since`` or later
        (microseconds UTC).
        """
        found = sorted(self._unread(store), key=lambda event: event.event_id)
        first, changed = not self._newest, [event for event in found if self._changes(event)]
        if first:
            newest = {event.key: event for event in changed}
            changed = [
                event
                for event in sorted(newest.values(), key=lambda one: one.event_id)
                if _CHANGES[event.action] or event.at >= since
            ]
        self.pending += [alarm_of_event(event) for event in changed]
        if found:
            self._newest = max(self._newest, found[-1].event_id)

    def sent(self) -> None:
        """Everything in ``pending`` is in the sinks' queues now."""
        self.pending = []

    def _changes(self, event: AlarmEvent) -> bool:
        """Whether the event changes its alarm's state; takes it up if it does.

        An event that sorts before the alarm's last change comes from a clock that is behind, or late: the
        state is that of the events in order, so it changes nothing.
        """
        known = self._known.get(event.key)
        if event.action not in _CHANGES or (known is not None and event.event_id <= known.event_id):
            return False
        if known is not None and known.action is event.action:
            return False
        self._known[event.key] = event
        return True

    def _unread(self, store: AlarmHistory) -> list[AlarmEvent]:
        """The newest events, back to what was read: always a page, for some are recorded late."""
        found: list[AlarmEvent] = []
        while len(found) < MOST_EVENTS:
            page = store.alarm_events(self._line, _PAGE, found[-1].event_id if found else None)
            found += page
            if len(page) < _PAGE or page[-1].event_id <= self._newest:
                break
        return found
