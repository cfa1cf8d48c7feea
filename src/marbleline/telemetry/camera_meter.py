"""From a camera's reports to its metrics and its pulse."""

from marbleline.domain.records import CameraReport, CameraState
from marbleline.telemetry.health import Pulse
from marbleline.telemetry.metrics import (
    CAMERA_STATE,
    FRAMES_CAPTURED,
    FRAMES_SKIPPED,
    SPOOL_BYTES,
    SPOOL_FRAMES,
)


class CameraMeter:
    """Notes each report. Counters count what this process did, so they start from its first report."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._last: CameraReport | None = None

    def note(self, report: CameraReport) -> None:
        """Take in a report, about one a second."""
        name, last = report.camera, self._last or report
        FRAMES_CAPTURED.labels(camera=name).inc(report.captured - last.captured)
        FRAMES_SKIPPED.labels(camera=name).inc(report.skipped - last.skipped)
        SPOOL_FRAMES.labels(camera=name).set(report.spooled)
        SPOOL_BYTES.labels(camera=name).set(report.spooled_bytes)
        for state in CameraState:
            CAMERA_STATE.labels(camera=name, state=state.value).set(state is report.state)
        self._last = report
        # A source that is away is the camera's to report, not a reason to take its pod out of service.
        self._pulse.beat()
