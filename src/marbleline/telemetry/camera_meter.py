"""From a camera's reports to its metrics and its heartbeat."""

from collections.abc import Callable

from marbleline.domain.records import CameraReport, CameraState
from marbleline.telemetry.health import Heartbeat
from marbleline.telemetry.metrics import (
    CAMERA_BLIND,
    CAMERA_STATE,
    FRAMES_CAPTURED,
    FRAMES_SKIPPED,
    SPOOL_BYTES,
    SPOOL_FRAMES,
    SPOOL_OLDEST_SECONDS,
    TRIGGERS_MISSED,
)


class CameraMeter:
    """Notes each report. Counters count what this process did, so they start from its first report.

    Those of blind time and missed triggers start from 0: what a report says of them includes what this
    process found when it started, the time since the process before.

    ``oldest_at`` tells when the oldest frame in the spool was captured (microseconds UTC), None if there is
    none.
    """

    def __init__(self, heartbeat: Heartbeat, oldest_at: Callable[[], int | None] = lambda: None) -> None:
        self._heartbeat = heartbeat
        self._oldest_at = oldest_at
        self._last: CameraReport | None = None

    def note(self, report: CameraReport) -> None:
        """Take in a report, about one a second."""
        name, last = report.camera, self._last or report
        FRAMES_CAPTURED.labels(camera=name).inc(report.captured - last.captured)
        FRAMES_SKIPPED.labels(camera=name).inc(report.skipped - last.skipped)
        SPOOL_FRAMES.labels(camera=name).set(report.spooled)
        SPOOL_BYTES.labels(camera=name).set(report.spooled_bytes)
        oldest_at = self._oldest_at()
        age_s = 0.0 if oldest_at is None else max(0, report.reported_at - oldest_at) / 1e6
        SPOOL_OLDEST_SECONDS.labels(camera=name).set(age_s)
        for cause, blind_ms in report.blind_ms.items():
            noted = self._last.blind_ms[cause] if self._last else 0
            CAMERA_BLIND.labels(camera=name, cause=cause.value).inc(max(0, blind_ms - noted) / 1000)
        noted = self._last.missed or 0 if self._last else 0
        TRIGGERS_MISSED.labels(camera=name).inc(max(0, (report.missed or 0) - noted))
        for state in CameraState:
            CAMERA_STATE.labels(camera=name, state=state.value).set(state is report.state)
        self._last = report
        # A source that is away is the camera's to report, not a reason to take its pod out of service.
        self._heartbeat.ok()
