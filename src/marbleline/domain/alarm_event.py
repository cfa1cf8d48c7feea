"""What happened to an alarm, and where that leaves it: the states of ANSI/ISA-18.2.

Events are only ever added. An alarm's state follows from its events in order, and from the time: a shelf ends
by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from marbleline.domain.clock import Time
from marbleline.domain.frame import FrameIds, Name
from marbleline.domain.wire import PROSE, WireStruct
from marbleline.errors import SettingError

LONGEST_SHELF_US: Final = 12 * 3_600_000_000
"""Microseconds: nobody shelves an alarm for longer than a shift and the half of the next."""

_MOST_TEXT: Final = 200


class AlarmAction(StrEnum):
    """What happened. The line itself raises an alarm and lets it return; people do the rest."""

    RAISED = "raised"
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"


class AlarmState(StrEnum):
    """ISA-18.2's states that need no engineering: without suppressed by design and out of service."""

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    SHELVED = "shelved"
    NORMAL = "normal"


class AlarmEvent(WireStruct, frozen=True, kw_only=True):
    """One thing that happened to the alarm of a line, kind and subject.

    ``event_id``  sorts by time
    ``by``        who did it; empty for the line itself. ``at`` when (microseconds UTC)
    ``until``     when a shelf ends (microseconds UTC); ``reason`` why it was shelved
    ``cause``     of what was raised, with figures
    """

    event_id: str
    line: Name
    kind: str
    subject: str
    action: AlarmAction
    at: Time
    by: Annotated[str, Meta(max_length=_MOST_TEXT)] = ""
    until: Time | None = None
    reason: Annotated[str, PROSE] = ""
    cause: Annotated[str, PROSE] = ""

    time_field: ClassVar = "at"
    search_columns: ClassVar = {
        "event_id": "event_id",
        "line": "line",
        "kind": "kind",
        "subject": "subject",
        "at": "at",
    }

    @property
    def key(self) -> tuple[str, str]:
        """The alarm's kind and subject: what makes it one alarm of its line."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class AlarmStanding:
    """Where an alarm stands after its events.

    ``since``          when it was last raised, None if that is not known
    ``shelved_until``  when its shelf ends; ``last`` is the newest event
    """

    active: bool
    acknowledged: bool
    since: int | None
    shelved_until: int | None
    last: AlarmEvent

    def state(self, now: int) -> AlarmState:
        """The state at that time (microseconds UTC)."""
        if self.shelved_until is not None and now < self.shelved_until:
            return AlarmState.SHELVED
        if self.active:
            return AlarmState.ACKNOWLEDGED if self.acknowledged else AlarmState.UNACKNOWLEDGED
        return AlarmState.NORMAL if self.acknowledged else AlarmState.RETURNED


def standings(events: Iterable[AlarmEvent]) -> dict[tuple[str, str], AlarmStanding]:
    """Each alarm's standing after these events, by kind and subject. Repeated events change nothing."""
    found: dict[tuple[str, str], AlarmStanding] = {}
    for event in sorted(events, key=lambda one: one.event_id):
        found[event.key] = _after(found.get(event.key), event)
    return found


def _after(before: AlarmStanding | None, event: AlarmEvent) -> AlarmStanding:
    if before is None:
        before = AlarmStanding(False, True, None, None, event)
    now = replace(before, last=event)
    match event.action:
        case AlarmAction.RAISED:
            # Raised again while active: another console saw it too.
            return now if before.active else replace(now, active=True, acknowledged=False, since=event.at)
        case AlarmAction.RETURNED:
            shelved = before.state(event.at) is AlarmState.SHELVED
            return replace(now, active=False, acknowledged=before.acknowledged or shelved)
        case AlarmAction.ACKNOWLEDGED:
            return replace(now, acknowledged=True)
        case AlarmAction.SHELVED:
            # When the shelf ends, one that is still active asks for attention again.
            return replace(now, acknowledged=not before.active, shelved_until=event.until)
        case AlarmAction.UNSHELVED:
            return replace(now, shelved_until=None)


class AlarmEvents:
    """Makes events of one line, each with an id that sorts after the one before."""

    def __init__(self, line: str, ids: FrameIds) -> None:
        self._line = line
        self._ids = ids

    def by_line(self, action: AlarmAction, kind: str, subject: str, at: int, cause: str = "") -> AlarmEvent:
        """What the line itself did."""
        return self._event(action, kind, subject, at, cause=cause)

    def by_person(self, action: AlarmAction, kind: str, subject: str, at: int, by: str) -> AlarmEvent:
        """An acknowledgement, or the end of a shelf."""
        return self._event(action, kind, subject, at, by=by)

    def shelf(self, kind: str, subject: str, at: int, by: str, until: int, reason: str) -> AlarmEvent:
        """A shelf. Raises SettingError without a reason, or for a time that is not ahead or too far."""
        reason = reason.strip()
        if not reason or len(reason) > _MOST_TEXT:
            raise SettingError(f"reason is {reason!r}: say in 1 to {_MOST_TEXT} characters why it is shelved")
        if not at < until <= at + LONGEST_SHELF_US:
            hours = LONGEST_SHELF_US // 3_600_000_000
            raise SettingError(f"shelved for {(until - at) / 6e7:g} min: allowed is up to {hours} h")
        return self._event(AlarmAction.SHELVED, kind, subject, at, by=by, until=until, reason=reason)

    def _event(
        self,
        action: AlarmAction,
        kind: str,
        subject: str,
        at: int,
        *,
        by: str = "",
        until: int | None = None,
        reason: str = "",
        cause: str = "",
    ) -> AlarmEvent:
        return AlarmEvent(
            event_id=self._ids(),
            line=self._line,
            kind=kind,
            subject=subject,
            action=action,
            at=Time(at),
            by=by[:_MOST_TEXT],
            until=None if until is None else Time(until),
            reason=reason,
            cause=cause,
        )
