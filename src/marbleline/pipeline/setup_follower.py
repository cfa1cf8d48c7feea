"""The encoder follows what people set of cameras: the store is asked every two seconds."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.frame import Frame
from marbleline.errors import StoreUnavailable
from marbleline.ports.camera_setups import CameraSetups
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.encoder")

_POLL_EVERY_S: Final = 2.0


class SetupFollower:
    """``applied`` is for any thread, ``run`` for one of its own."""

    def __init__(self, store: CameraSetups, line: str, every_s: float = _POLL_EVERY_S) -> None:
        self._store = store
        self._line = line
        self._every_s = every_s
        self._found: Mapping[str, CameraSetup] = {}
        self._polled = threading.Event()

    def applied(self, frame: Frame) -> Frame:
        """The frame with what was set of its camera. What the camera's own settings say wins."""
        found = self._found.get(frame.camera)
        if found is None or frame.line != self._line or frame.region or frame.masks:
            return frame
        return replace(frame, region=found.region, masks=found.masks)

    def wait_for_first_poll(self, limit_s: float, stop: threading.Event) -> None:
        """Wait until the store has answered once. If it is away, whole pictures are judged at first."""
        until = time.monotonic() + limit_s
        while not stop.is_set() and not self._polled.wait(0.05) and time.monotonic() < until:
            pass
        if not self._polled.is_set() and not stop.is_set():
            log.warning("encoder.setups_unknown", extra={"waited_s": limit_s})

    def poll(self) -> None:
        """Read the setups from the store once. Raises StoreUnavailable."""
        found = {one.camera: one for one in self._store.current_camera_setups(self._line)}
        for camera, one in found.items():
            if one != self._found.get(camera):
                fields = {"camera": camera, "region": one.region, "masks": one.masks, "by": one.by}
                log.info("encoder.setup", extra=fields)
        self._found = found
        self._polled.set()

    def run(self, stop: threading.Event, heartbeat: Heartbeat) -> None:
        """Follow until ``stop`` is set; while the store is away what was known stays."""
        while not stop.is_set():
            try:
                self.poll()
            except StoreUnavailable as error:
                heartbeat.degraded("store", error)
            else:
                heartbeat.ok()
            stop.wait(self._every_s)
