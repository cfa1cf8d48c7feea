"""What people do with alarms. Each action checks the role first, whatever a page showed.

Each is an event in the store with the person's name: the history is the audit.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from marbleline.console.auth.roles import Person, Role, require
from marbleline.console.state.actions import Actions
from marbleline.console.state.alarm_list import ListedAlarm, listed_alarms
from marbleline.console.state.alarm_watch import raised_events
from marbleline.domain.alarm_event import AlarmAction, AlarmEvent, AlarmEvents, AlarmState
from marbleline.errors import AlarmActionRejected

log = logging.getLogger("marbleline.console")

HANDLES: Final = Role.OPERATOR
"""Who acknowledges and shelves: whoever runs the line."""

TO_ACKNOWLEDGE: Final = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
TO_SHELVE: Final = (*TO_ACKNOWLEDGE, AlarmState.ACKNOWLEDGED)
SHELVED: Final = (AlarmState.SHELVED,)

_MINUTE: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class AlarmActions:
    """``events`` makes the line's events; ``actions`` has the connections and clock that all pages share."""

    events: AlarmEvents
    actions: Actions

    def acknowledge(self, person: Person, kind: str, subject: str) -> None:
        """Say that the alarm was seen.

        Raises AccessDenied, AlarmActionRejected (it is not waiting for that), StoreUnavailable.
        """
        require(person, HANDLES)
        raised = self._raised(self._find(kind, subject, TO_ACKNOWLEDGE))
        at = self.actions.clock()
        self._put(raised, self.events.by_person(AlarmAction.ACKNOWLEDGED, kind, subject, at, person.name))

    def shelve(self, person: Person, kind: str, subject: str, minutes: float, reason: str) -> None:
        """Take the alarm off the screens for a limited time.

        Raises AccessDenied, AlarmActionRejected, SettingError (no reason, or too long), StoreUnavailable.
        """
        require(person, HANDLES)
        raised = self._raised(self._find(kind, subject, TO_SHELVE))
        at = self.actions.clock()
        until = at + round(minutes * _MINUTE)
        self._put(raised, self.events.shelf(kind, subject, at, person.name, until, reason))

    def unshelve(self, person: Person, kind: str, subject: str) -> None:
        """End a shelf before its time. Raises AccessDenied, AlarmActionRejected, StoreUnavailable."""
        require(person, HANDLES)
        raised = self._raised(self._find(kind, subject, SHELVED))
        at = self.actions.clock()
        self._put(raised, self.events.by_person(AlarmAction.UNSHELVED, kind, subject, at, person.name))

    def _find(self, kind: str, subject: str, states: Collection[AlarmState]) -> ListedAlarm:
        listed = listed_alarms(self.actions.feed.snapshot())
        found = next((one for one in listed if (one.kind, one.subject) == (kind, subject)), None)
        state = AlarmState.NORMAL if found is None else found.state
        if found is None or state not in states:
            needed = " or ".join(states)
            raise AlarmActionRejected(
                f"alarm {kind} {subject}: it is {state}, this needs one that is {needed}; look at it again"
            )
        return found

    def _raised(self, alarm: ListedAlarm) -> list[AlarmEvent]:
        """That the alarm was raised, if that is not on record yet."""
        if alarm.active is None or (alarm.standing is not None and alarm.standing.active):
            return []
        return raised_events(self.events, [alarm.active], self.actions.clock())

    def _put(self, raised: list[AlarmEvent], done: AlarmEvent) -> None:
        written = [*raised, done]
        rejections = self.actions.store.query(lambda store: store.put_alarm_events(written))
        if rejections:
            raise AlarmActionRejected(f"alarm {done.kind}: the store rejects it: {rejections[0].reason}")
        log.info(
            "console.alarm",
            extra={"action": done.action.value, "alarm": f"{done.kind}/{done.subject}", "user": done.by},
        )
        self.actions.feed.update_side_data(lambda side_data: side_data.alarm_log.add(written))
