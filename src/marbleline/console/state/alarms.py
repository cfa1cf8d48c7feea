"""Alarms: what a person has to act on now, found in a snapshot, each with its remedy.

One cause is one alarm: what follows from it is named in it and raises none of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from marbleline.console.state.freshness import CameraStatus, Freshness, camera_status
from marbleline.console.state.snapshot import Snapshot
from marbleline.ports import topology

LAG_AFTER_US: Final = 5_000_000
"""Microseconds that the oldest frame of a hot queue may wait before the line is said to lag."""

SPOOL_FROM: Final = 50
"""Frames in a camera's spool from which on it is filling: far beyond what is in flight on a busy line."""

LATE_WINDOW: Final = 20
LATE_FROM: Final = 3
RECENT_US: Final = 60_000_000

_CAMERAS: Final = (
    Freshness.OFFLINE,
    Freshness.SILENT,
    Freshness.FULL,
    Freshness.STALLED,
    Freshness.BEHIND,
)

_WAITING: Final = Freshness.BEHIND
"""Its pictures come; what judges them is what is wrong."""


@dataclass(frozen=True, slots=True)
class ActiveAlarm:
    """An alarm for the screen. Its texts are ``alarm.<kind>`` with the values, and ``remedy.<remedy>``.

    ``status``  a camera's; its text is shown instead
    ``since``  microseconds UTC, None if unknown
    ``cause``  the cause as the store has it
    ``affected``  cameras that show what the cause does to them, by name
    ``acknowledged``  somebody has said that it was seen
    """

    kind: str
    remedy: str
    subject: str = ""
    since: int | None = None
    status: CameraStatus | None = None
    cause: str = ""
    values: dict[str, int] = field(default_factory=dict)
    affected: tuple[str, ...] = ()
    acknowledged: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes it one alarm of the line: its kind and subject."""
        return self.kind, self.subject


def active_alarms(snapshot: Snapshot) -> tuple[ActiveAlarm, ...]:
    """What is wrong now, the worst first. A disconnected console knows only the alarms in the store."""
    lag = list(_lag(snapshot)) if snapshot.broker.connected else []
    found = [*_by_cause(list(_cameras(snapshot)), lag), *_stored(snapshot)]
    if snapshot.broker.connected and not lag:
        found += _late(snapshot)
    if snapshot.ledger is not None and (number := snapshot.ledger.total().dead_lettered):
        found.append(ActiveAlarm("dead_letters", "dead_letters", values={"number": number}))
    return tuple(found)


def _by_cause(cameras: list[ActiveAlarm], lag: list[ActiveAlarm]) -> Iterator[ActiveAlarm]:
    """Cameras that only wait for verdicts are part of the alarm of the queue in which their slabs wait.

    Without such a queue several of them are one alarm, and so are several whose spools fill: what they have
    in common is behind them.
    """
    waiting = [alarm for alarm in cameras if alarm.status is not None and alarm.status.kind is _WAITING]
    filling = [alarm for alarm in cameras if alarm.kind == "spool"]
    yield from (alarm for alarm in cameras if alarm not in waiting and alarm not in filling)
    for kind, alarms in (("no_verdicts", waiting), ("spools", filling)):
        if (kind == "no_verdicts" and lag) or len(alarms) < 2:
            continue
        names = tuple(sorted(alarm.subject for alarm in alarms))
        since = min((alarm.since for alarm in alarms if alarm.since is not None), default=None)
        remedy = alarms[0].remedy
        yield ActiveAlarm(kind, remedy, since=since, values={"number": len(names)}, affected=names)
    if len(filling) == 1:
        yield filling[0]
    if len(waiting) == 1 and not lag:
        yield waiting[0]
    names = tuple(sorted(alarm.subject for alarm in waiting))
    yield from (replace(alarm, affected=names) for alarm in lag)


def _cameras(snapshot: Snapshot) -> Iterator[ActiveAlarm]:
    for camera in snapshot.cameras:
        status = camera_status(camera, snapshot.broker, snapshot.taken_at)
        if status.kind in _CAMERAS:
            yield ActiveAlarm("camera", status.kind.value, camera.name, status.since, status)
        elif camera.report is not None and camera.report.spooled >= SPOOL_FROM:
            yield ActiveAlarm("spool", "spool", camera.name, values={"number": camera.report.spooled})


def _stored(snapshot: Snapshot) -> Iterator[ActiveAlarm]:
    for alarm in snapshot.alarms:
        if alarm.raised:
            yield ActiveAlarm(
                alarm.kind, alarm.kind, alarm.subject, alarm.at, cause=alarm.cause or alarm.remedy
            )


def _lag(snapshot: Snapshot) -> Iterator[ActiveAlarm]:
    for queue in (topology.FRAMES, topology.ENCODED):
        depth = (snapshot.queues or {}).get(queue.name)
        if depth is None or depth.oldest_at is None or not depth.ready:
            continue
        waits = snapshot.taken_at - depth.oldest_at
        if waits > LAG_AFTER_US:
            yield ActiveAlarm("lag", "lag", queue.name, depth.oldest_at, values={"waits": waits})


def _late(snapshot: Snapshot) -> Iterator[ActiveAlarm]:
    last = [
        one for one in snapshot.recent[:LATE_WINDOW] if snapshot.taken_at - one.stages.decided_at < RECENT_US
    ]
    late = sum(verdict.late for verdict in last)
    if late >= LATE_FROM:
        yield ActiveAlarm("late", "late", values={"number": late, "of": len(last)})
