"""From what happened to alarms to the times for which each was active, for a report."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from marbleline.domain.alarm_event import AlarmAction, AlarmEvent
from marbleline.ports.annotations import AlarmHistory

MOST_EVENTS: Final = 2_000
"""Events that are read, counted from the newest that matters back; an alarm of before is found among them."""

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class AlarmEpisode:
    """One time that an alarm was active; times in microseconds UTC.

    ``raised_at``  None if it was raised before what was read
    ``returned_at``  None while it is active; ``acknowledged_by`` empty if nobody has
    """

    kind: str
    subject: str
    raised_at: int | None
    returned_at: int | None = None
    acknowledged_by: str = ""


def query_episodes(
    store: AlarmHistory, line: str, since: int, until: int
) -> tuple[tuple[AlarmEpisode, ...], bool]:
    """The episodes that overlap this span, oldest first, and whether all of them were read.

    Raises StoreUnavailable.
    """
    found: list[AlarmEvent] = []
    after, whole = _before(until), True
    while page := store.alarm_events(line, _PAGE, after):
        found += page
        after = found[-1].event_id
        if len(found) >= MOST_EVENTS:
            whole = found[-1].at < since
            break
    episodes = alarm_episodes(event for event in found if event.at < until)
    return tuple(one for one in episodes if _overlaps(one, since)), whole


def alarm_episodes(events: Iterable[AlarmEvent]) -> list[AlarmEpisode]:
    """Each time that an alarm was active, in order of its begin. Repeated events change nothing."""
    open_now: dict[tuple[str, str], AlarmEpisode] = {}
    over: list[AlarmEpisode] = []
    for event in sorted(events, key=lambda one: one.event_id):
        episode = open_now.get(event.key)
        match event.action:
            case AlarmAction.RAISED:
                if episode is None or episode.returned_at is not None:
                    over += [] if episode is None else [episode]
                    open_now[event.key] = AlarmEpisode(*event.key, event.at)
            case AlarmAction.RETURNED:
                known = episode or AlarmEpisode(*event.key, None)
                if known.returned_at is None:
                    open_now[event.key] = replace(known, returned_at=event.at)
            case AlarmAction.ACKNOWLEDGED:
                known = episode or AlarmEpisode(*event.key, None)
                open_now[event.key] = replace(known, acknowledged_by=known.acknowledged_by or event.by)
            case _:
                pass
    return sorted([*over, *open_now.values()], key=lambda one: (one.raised_at or 0, one.kind, one.subject))


def _overlaps(episode: AlarmEpisode, since: int) -> bool:
    return episode.returned_at is None or episode.returned_at >= since


def _before(at: int) -> str:
    """An id that sorts after those of all events before this time: RFC 9562, 5.7."""
    digits = f"{at // 1000 + 1:012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"
