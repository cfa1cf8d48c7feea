"""Blind time: the seconds in which a camera could capture nothing, and what that may have cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marbleline.domain.records import BlindCause, CameraReport, CameraState

UNREPORTED_AFTER_US: Final = 5_000_000
"""A camera reports each second: one without a report for longer may be blind, and can't say so."""


@dataclass(frozen=True, slots=True)
class BlindTime:
    """What a camera's newest report says of its blind time.

    ``since``         since when it is counted (microseconds UTC), None if its worker does not count
    ``by_cause_s``    seconds by cause, those above 0
    ``unreported_s``  seconds since its report if that is old, else 0: its next worker will say what they were
    ``interval_s``    seconds between two captures, None if they are irregular
    ``triggers``      triggers of its station that it should have captured, None without a trigger counter
    ``missed``        those of them without a picture of this camera: an exact count
    """

    since: int | None
    by_cause_s: Mapping[BlindCause, float]
    unreported_s: float = 0.0
    interval_s: float | None = None
    triggers: int | None = None
    missed: int | None = None

    @property
    def total_s(self) -> float:
        """Seconds of all causes, those without a report included."""
        return sum(self.by_cause_s.values()) + self.unreported_s

    @property
    def missed_about(self) -> int | None:
        """Pictures that a camera of this interval would have captured meanwhile; None if it is irregular."""
        return round(self.total_s / self.interval_s) if self.interval_s else None


def blind_time(report: CameraReport, now: int) -> BlindTime:
    """The blind time of a report, as of ``now`` (microseconds UTC)."""
    silence = now - report.reported_at
    unreported = silence > UNREPORTED_AFTER_US and report.state is not CameraState.ENDED
    return BlindTime(
        since=report.watched_since,
        by_cause_s={cause: ms / 1000 for cause, ms in report.blind_ms.items() if ms},
        unreported_s=silence / 1e6 if unreported and report.watched_since is not None else 0.0,
        interval_s=report.interval_ms / 1000 if report.interval_ms else None,
        triggers=report.triggers,
        missed=report.missed,
    )
