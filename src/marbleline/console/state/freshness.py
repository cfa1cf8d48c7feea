"""Whether what the screen shows of a camera is current; if it is not, why, and since when.

The screen must never pass off an old picture as a new one: whatever is not known to be current is old.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marbleline.console.state.snapshot import CameraView, ConnectionStatus
from marbleline.domain.records import CameraState

SILENT_AFTER: Final = 5_000_000
"""Microseconds without a report after which a camera's process counts as away; it reports each second."""

BEHIND_AFTER: Final = 5_000_000
"""Microseconds after which a captured slab without a verdict is said to be missing one."""

CLOCK_SLACK: Final = 2_000_000
"""Microseconds by which a camera's clock may be ahead before the screen says so."""


class Freshness(StrEnum):
    """What is known of a camera. Only ``ONLINE`` and ``WAITING`` are current."""

    ONLINE = "online"
    WAITING = "waiting"
    BEHIND = "behind"
    STALLED = "stalled"
    OFFLINE = "offline"
    FULL = "full"
    ENDED = "ended"
    SILENT = "silent"
    NOT_REPORTED = "not_reported"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """``since`` in microseconds UTC, None where nobody knows; ``detail`` is what the camera reported."""

    kind: Freshness
    since: int | None
    detail: str = ""

    @property
    def stale(self) -> bool:
        """Whether the camera's last picture has to be shown as an old one."""
        return self.kind not in (Freshness.ONLINE, Freshness.WAITING)


def camera_status(camera: CameraView, broker: ConnectionStatus, now: int) -> CameraStatus:
    """A camera's status for the screen. ``now`` in microseconds UTC."""
    report = camera.report
    if not broker.connected:
        return CameraStatus(Freshness.DISCONNECTED, broker.since)
    if report is None:
        return CameraStatus(Freshness.NOT_REPORTED, None)
    if now - report.reported_at > SILENT_AFTER:
        return CameraStatus(Freshness.SILENT, report.reported_at)
    if report.state is not CameraState.ONLINE:
        return CameraStatus(Freshness(report.state.value), report.since, report.detail)
    if camera.behind_since is not None and now - camera.behind_since > BEHIND_AFTER:
        return CameraStatus(Freshness.BEHIND, camera.behind_since)
    return CameraStatus(Freshness.ONLINE if camera.last else Freshness.WAITING, report.since)


def age(captured_at: int, now: int) -> int:
    """Microseconds since capture; 0 for a camera whose clock is ahead."""
    return max(0, now - captured_at)


def clock_ahead(captured_at: int, now: int) -> bool:
    """Whether the picture claims to come from the future: the camera's clock or ours is wrong."""
    return captured_at - now > CLOCK_SLACK
