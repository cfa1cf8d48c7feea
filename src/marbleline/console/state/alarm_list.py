"""All alarms that are not normal, each with its state and severity: what the alarm centre lists."""

from dataclasses import dataclass, replace
from typing import Final

from marbleline.console.state.alarms import ActiveAlarm, active_alarms
from marbleline.console.state.snapshot import Snapshot
from marbleline.domain.alarm_event import AlarmStanding, AlarmState
from marbleline.domain.alarm_severity import Severity, severity

_ORDER: Final = tuple(AlarmState)


@dataclass(frozen=True, slots=True)
class ListedAlarm:
    """``active`` is what the snapshot shows of it now, None where it shows nothing; ``standing`` what is on
    record of it, None before anything is.
    """

    kind: str
    subject: str
    state: AlarmState
    active: ActiveAlarm | None
    standing: AlarmStanding | None

    @property
    def severity(self) -> Severity:
        """By its kind."""
        return severity(self.kind)

    @property
    def since(self) -> int | None:
        """When it was raised (microseconds UTC), None if unknown."""
        recorded = self.standing.since if self.standing is not None else None
        return recorded if self.active is None or self.active.since is None else self.active.since


def listed_alarms(snapshot: Snapshot) -> tuple[ListedAlarm, ...]:
    """Those that ask for attention first, then by severity and age."""
    active = {alarm.key: alarm for alarm in active_alarms(snapshot)}
    keys = {*active, *snapshot.alarm_standings}
    listed = (_listed(key, active.get(key), snapshot) for key in keys)
    return tuple(
        sorted(
            (one for one in listed if one.state is not AlarmState.NORMAL),
            key=lambda one: (_ORDER.index(one.state), one.severity, one.since or 0, one.kind, one.subject),
        )
    )


def banner_alarms(snapshot: Snapshot) -> tuple[ActiveAlarm, ...]:
    """The active alarms that are not shelved: those that nobody has acknowledged first, then by severity."""
    states = {(one.kind, one.subject): one.state for one in listed_alarms(snapshot)}
    shown = [
        replace(alarm, acknowledged=states[alarm.key] is AlarmState.ACKNOWLEDGED)
        for alarm in active_alarms(snapshot)
        if states[alarm.key] is not AlarmState.SHELVED
    ]
    return tuple(sorted(shown, key=lambda alarm: (alarm.acknowledged, severity(alarm.kind))))


def unacknowledged(snapshot: Snapshot) -> int:
    """How many alarms wait for somebody to acknowledge them, returned ones included."""
    waiting = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
    return sum(one.state in waiting for one in listed_alarms(snapshot))


def _listed(key: tuple[str, str], active: ActiveAlarm | None, snapshot: Snapshot) -> ListedAlarm:
    standing = snapshot.alarm_standings.get(key)
    state = AlarmState.NORMAL if standing is None else standing.state(snapshot.taken_at)
    if active is not None and state in (AlarmState.NORMAL, AlarmState.RETURNED):
        state = AlarmState.UNACKNOWLEDGED  # so fresh that it is not on record yet
    return ListedAlarm(*key, state, active, standing)
