"""What a person has to act on now: found in a snapshot, each with its remedy."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from marbleline.console.freshness import Freshness, State, state_of
from marbleline.console.snapshot import Snapshot
from marbleline.ports import topology

LAG_AFTER: Final = 5_000_000
"""Microseconds that the oldest frame of a hot queue may wait before the line is said to lag."""

SPOOL_FROM: Final = 50
"""Frames in a camera's spool from which on it is filling: far beyond what is in flight on a busy line."""

LATE_AMONG: Final = 20
LATE_FROM: Final = 3
RECENT: Final = 60_000_000

_CAMERAS: Final = (
    Freshness.OFFLINE,
    Freshness.SILENT,
    Freshness.FULL,
    Freshness.STALLED,
    Freshness.BEHIND,
)


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm for the screen. Its words are ``alarm.<kind>`` with the values, and ``remedy.<remedy>``.

    ``state``  a camera's, whose own words are said instead
    ``since``  microseconds UTC, None where nobody knows
    ``cause``  what the record says of it, in its own words
    """

    kind: str
    remedy: str
    subject: str = ""
    since: int | None = None
    state: State | None = None
    cause: str = ""
    values: dict[str, int] = field(default_factory=dict)


def alarms_of(snapshot: Snapshot) -> tuple[Found, ...]:
    """What is wrong now, the worst first. A console that is cut off knows only what the record says."""
    found = [*_cameras(snapshot), *_recorded(snapshot)]
    if snapshot.link.live:
        found += [*_lag(snapshot), *_late(snapshot)]
    if snapshot.ledger is not None and (number := snapshot.ledger.total().dead_lettered):
        found.append(Found("dead_letters", "dead_letters", values={"number": number}))
    return tuple(found)


def _cameras(snapshot: Snapshot) -> Iterator[Found]:
    for camera in snapshot.cameras:
        state = state_of(camera, snapshot.link, snapshot.taken_at)
        if state.kind in _CAMERAS:
            yield Found("camera", state.kind.value, camera.name, state.since, state)
        elif camera.report is not None and camera.report.spooled >= SPOOL_FROM:
            yield Found("spool", "spool", camera.name, values={"number": camera.report.spooled})


def _recorded(snapshot: Snapshot) -> Iterator[Found]:
    for alarm in snapshot.alarms:
        if alarm.raised:
            yield Found(alarm.kind, alarm.kind, alarm.subject, alarm.at, cause=alarm.cause or alarm.remedy)


def _lag(snapshot: Snapshot) -> Iterator[Found]:
    for queue in (topology.FRAMES, topology.ENCODED):
        depth = (snapshot.queues or {}).get(queue.name)
        if depth is None or depth.oldest_at is None or not depth.ready:
            continue
        waits = snapshot.taken_at - depth.oldest_at
        if waits > LAG_AFTER:
            yield Found("lag", "lag", queue.name, depth.oldest_at, values={"waits": waits})


def _late(snapshot: Snapshot) -> Iterator[Found]:
    last = [one for one in snapshot.recent[:LATE_AMONG] if snapshot.taken_at - one.stages.decided_at < RECENT]
    late = sum(verdict.late for verdict in last)
    if late >= LATE_FROM:
        yield Found("late", "late", values={"number": late, "of": len(last)})
