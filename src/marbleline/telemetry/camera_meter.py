"""From a camera's reports to its metrics and its pulse."""

from collections.abc import Callable

from marbleline.domain.records import CameraReport, CameraState
from marbleline.telemetry.health import Pulse
from marbleline.telemetry.metrics import (
    CAMERA_STATE,
    FRAMES_CAPTURED,
    FRAMES_SKIPPED,
    SPOOL_BYTES,
    SPOOL_FRAMES,
    SPOOL_OLDEST_SECONDS,
)


class CameraMeter:
    """Notes each report. Counters count what this process did, so they start from its first report.

    ``oldest_at`` tells when the oldest frame in the spool was captured (microseconds UTC), None if there is
    none.
    """

    def __init__(self, pulse: Pulse, oldest_at: Callable[[], int | None] = lambda: None) -> None:
        self._pulse = pulse
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
        for state in CameraState:
            CAMERA_STATE.labels(camera=name, state=state.value).set(state is report.state)
        self._last = report
        # A source that is away is the camera's to report, not a reason to take its pod out of service.
        self._pulse.beat()
