"""Taking over from a running camera: wait, ready, until its process lets go of the spool.

A new pod of a camera starts while the old one still captures. It is ready, and the old one is told to stop,
once all that it needs could be used. So a camera that cannot work (a wrong image, source or password) never
takes the place of one that does, and between the two the line is blind for the hand-over alone.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from marbleline.backoff import Backoff
from marbleline.errors import BrokerUnavailable, DataFolderBusy
from marbleline.pipeline.camera.spool import Spool
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.camera")

_POLL_S: Final = 0.05


def take_over(
    open_spool: Callable[[], Spool],
    check: Callable[[], None],
    heartbeat: Heartbeat,
    stop: threading.Event,
) -> Spool | None:
    """The spool, as soon as no other process works on it; None if ``stop`` was set before.

    ``open_spool`` raises DataFolderBusy while another process has it. Only then ``check`` is asked, until it
    has returned once: it raises BrokerUnavailable while what the camera needs is away. The heartbeat is
    degraded until then, and ok from then on.
    Raises whatever else ``open_spool`` and ``check`` raise.
    """
    backoff = Backoff(first_s=0.5)
    checked = False
    check_at = 0.0
    while not stop.is_set():
        try:
            return open_spool()
        except DataFolderBusy:
            if not checked and time.monotonic() >= check_at:
                try:
                    check()
                except BrokerUnavailable as error:
                    heartbeat.degraded("broker", error)
                    check_at = time.monotonic() + backoff.next_s()
                else:
                    checked = True
                    log.info("camera.standby")
        if checked:
            heartbeat.ok()
        stop.wait(_POLL_S)
    return None
