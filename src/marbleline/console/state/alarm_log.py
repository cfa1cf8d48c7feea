"""What the console knows of each alarm's past: its newest events, and where they leave it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from marbleline.domain.alarm_event import AlarmEvent, AlarmStanding, standings
from marbleline.ports.annotations import AlarmHistory

MAX_EVENTS: Final = 2_000
KEPT_OF_EACH: Final = 20
"""Events that are kept of an alarm however old they are: enough to tell where it stands."""

_PAGE: Final = 200


class AlarmLog:
    """Filled by the poller and by what people do; not for several threads at once."""

    def __init__(self) -> None:
        self._events: dict[str, AlarmEvent] = {}
        self.newest: tuple[AlarmEvent, ...] = ()
        self.standings: Mapping[tuple[str, str], AlarmStanding] = {}

    def add(self, events: Iterable[AlarmEvent]) -> None:
        """Add events; known ones are ignored. Beyond the bound the oldest are dropped."""
        fresh = {event.event_id: event for event in events if event.event_id not in self._events}
        if not fresh:
            return
        of_each: Counter[tuple[str, str]] = Counter()
        kept: dict[str, AlarmEvent] = {}
        for event_id, event in sorted({**self._events, **fresh}.items(), reverse=True):
            of_each[event.key] += 1
            if len(kept) < MAX_EVENTS or of_each[event.key] <= KEPT_OF_EACH:
                kept[event_id] = event
        self._events, self.newest = kept, tuple(kept.values())
        self.standings = standings(kept.values())

    def unknown(self, alarms: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of these alarms of which no event is known."""
        return [key for key in alarms if key not in self.standings]

    def reaches(self, events: Iterable[AlarmEvent]) -> bool:
        """Whether one of these events is known."""
        return any(event.event_id in self._events for event in events)


def unread_events(store: AlarmHistory, line: str, known: AlarmLog) -> list[AlarmEvent]:
    """The newest events of a line, back to one that is known. Raises StoreUnavailable."""
    found: list[AlarmEvent] = []
    while len(found) < MAX_EVENTS:
        page = store.alarm_events(line, _PAGE, found[-1].event_id if found else None)
        found += page
        if len(page) < _PAGE or known.reaches(page):
            break
    return found
