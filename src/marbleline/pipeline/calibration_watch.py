"""Watches the cameras' calibrations: an alarm while one has expired, for slabs are in shares then."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from marbleline.domain.alarm import CALIBRATION, Alarm
from marbleline.domain.calibration import Calibration
from marbleline.domain.clock import Clock, to_iso
from marbleline.errors import CalibrationError, StoreUnavailable
from marbleline.ports.annotations import Alarms
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.slab")

_POLL_EVERY_S: Final = 10.0
_REMEDY: Final = "calibrate the camera again: marbleline calibrate camera NAME PICTURE..."


def watch_calibrations(
    store: Alarms,
    line: str,
    read: Callable[[], Mapping[str, Calibration]],
    clock: Clock,
    stop: threading.Event,
    heartbeat: Heartbeat,
    every_s: float = _POLL_EVERY_S,
) -> None:
    """Raise and clear alarms until ``stop`` is set; ``read`` gives the calibrations by camera."""
    while not stop.is_set():
        try:
            store.put_alarms(changed_alarms(store, line, read(), clock()))
        except StoreUnavailable as error:
            log.warning("store.unavailable", extra={"error": str(error)})
            heartbeat.degraded("store", error)
        except CalibrationError as error:
            log.error("slab.no_calibration", extra={"error": str(error)})  # noqa: TRY400 - not a defect of ours
            heartbeat.ok()
        else:
            heartbeat.ok()
        stop.wait(every_s)


def changed_alarms(store: Alarms, line: str, found: Mapping[str, Calibration], now: int) -> list[Alarm]:
    """The alarms that are to be raised or cleared now. Raises StoreUnavailable."""
    raised = {
        one.subject: one
        for one in store.alarms()
        if one.line == line and one.kind == CALIBRATION and one.raised
    }
    expired = {camera: one for camera, one in found.items() if one.expired(now)}
    changed = [
        Alarm(line, CALIBRATION, camera, True, now, f"expired at {to_iso(one.expires_at)[:16]}Z", _REMEDY)
        for camera, one in expired.items()
        if camera not in raised
    ]
    cleared = [camera for camera in raised if camera not in expired]
    return [*changed, *(Alarm(line, CALIBRATION, camera, False, now, "", "") for camera in cleared)]
