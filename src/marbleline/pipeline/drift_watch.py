"""Watches the alarm drift: for which cameras it is raised, so that no risk is claimed of what they show."""

import logging
import threading
from typing import Final

from marbleline.domain.alarm import DRIFT
from marbleline.errors import StoreUnavailable
from marbleline.ports.annotations import Alarms
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.publisher")

_POLL_EVERY_S: Final = 10.0


class DriftWatch:
    """``run`` is a loop of its own; ``raised`` is asked by the loops that judge, and never waits."""

    def __init__(self, line: str) -> None:
        """``line``: whose alarms count."""
        self._line = line
        self._cameras: frozenset[str] = frozenset()

    def raised(self, camera: str) -> bool:
        """Whether drift of this camera was raised at the last poll; as before while the store is away."""
        return camera in self._cameras

    def poll(self, store: Alarms) -> None:
        """Read the alarms from the store once. Raises StoreUnavailable."""
        found = frozenset(
            one.subject
            for one in store.alarms()
            if one.line == self._line and one.kind == DRIFT and one.raised
        )
        if found != self._cameras:
            log.info("drift.cameras", extra={"cameras": sorted(found)})
        self._cameras = found

    def run(
        self, store: Alarms, stop: threading.Event, heartbeat: Heartbeat, every_s: float = _POLL_EVERY_S
    ) -> None:
        """Poll every ``every_s`` seconds until ``stop`` is set."""
        while not stop.is_set():
            try:
                self.poll(store)
                heartbeat.ok()
            except StoreUnavailable as error:
                heartbeat.degraded("store", error)
            stop.wait(every_s)
