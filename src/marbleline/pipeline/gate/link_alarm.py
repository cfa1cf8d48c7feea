"""The alarm of a PLC that does not answer: every slab is rejected meanwhile, so a person has to know."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.domain.alarm import GATE, Alarm
from marbleline.domain.clock import Clock, now
from marbleline.errors import StoreUnavailable
from marbleline.ports.annotations import Alarms
from marbleline.ports.connection import Connection
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.gate")

REMEDY: Final = "Check the PLC, its network and the station's settings gate and gate_timeout_ms."
_POLL_S: Final = 0.5


class LinkAlarmStore(Alarms, Connection, Protocol):
    """Where the alarm is kept."""


@dataclass(frozen=True, slots=True)
class _Link:
    up: bool
    since: float
    cause: str


class LinkAlarm:
    """``note`` from the link's thread, ``run`` on a thread of its own, with a store of its own.

    ``patience_s``  the link may be down for so long before the alarm is raised, seconds
    """

    def __init__(
        self,
        connect: Callable[[], LinkAlarmStore],
        line: str,
        plc: str,
        patience_s: float = 2.0,
        clock: Clock = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._line = line
        self._plc = plc
        self._patience_s = patience_s
        self._clock = clock
        self._monotonic = monotonic
        self._link: _Link | None = None
        # What the store is known to say; None after a start.
        self._raised: bool | None = None

    def note(self, up: bool, cause: str) -> None:
        """Whether the PLC answers, and why not."""
        link = self._link
        if link is None or link.up is not up:
            self._link = _Link(up, self._monotonic(), cause)

    def run(self, stop: threading.Event, heartbeat: Heartbeat) -> None:
        """Keep the alarm as the link is until ``stop`` is set. A store that is away is tried again."""
        with closing(self._connect()) as store:
            while not stop.wait(_POLL_S):
                heartbeat.ok()
                try:
                    self.step(store)
                except StoreUnavailable as error:
                    log.debug("gate.no_alarm", extra={"error": str(error)})

    def step(self, store: LinkAlarmStore) -> None:
        """Raise or clear the alarm if that is not done. Raises StoreUnavailable."""
        link = self._link
        if link is None or self._raised is (not link.up):
            return
        if not link.up and self._monotonic() - link.since < self._patience_s:
            return
        key = (self._line, GATE, self._plc)
        found = any(one.raised for one in store.alarms() if (one.line, one.kind, one.subject) == key)
        if found is link.up:
            cause, remedy = ("the PLC answers", "") if link.up else (link.cause, REMEDY)
            store.put_alarms([Alarm(*key, not link.up, self._clock(), cause, remedy)])
        self._raised = not link.up
