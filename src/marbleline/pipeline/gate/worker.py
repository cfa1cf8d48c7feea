"""The gate station's threads: one talks with the PLC, one judges, the others look after the record."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from marbleline.pipeline.camera.handover import Handover, HandoverBroker
from marbleline.pipeline.camera.outbox import CameraIdentity, Outbox
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.camera.publishing import SpoolPublishing
from marbleline.pipeline.gate.cameras import StationCamera
from marbleline.pipeline.gate.judged_frames import JudgedFrames
from marbleline.pipeline.gate.link import GateLink
from marbleline.pipeline.gate.link_alarm import LinkAlarm
from marbleline.pipeline.gate.station import Station
from marbleline.pipeline.gate.trigger_record import TriggerRecord
from marbleline.telemetry.camera_meter import CameraMeter
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.gate")

_GRACE_S: Final = 5.0
_POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Recording:
    """A camera's frames on their way to the record; ``connect`` makes a broker for a thread."""

    camera: StationCamera
    judged: JudgedFrames
    connect: Callable[[], HandoverBroker]
    product: CurrentProduct

    def run(self, stop: threading.Event, heartbeat: Heartbeat) -> None:
        """Publish and release frames until ``stop`` is set. A broker that is away holds nobody up."""
        camera = self.camera
        identity = CameraIdentity(camera.line, camera.name, camera.deadline_ms)
        outbox = Outbox(
            camera.spool,
            self.connect,
            identity,
            camera.report,
            messages=self.judged.messages,
            product=self.product,
        )
        handover = Handover(camera.spool, self.connect, identity, messages=self.judged.messages)
        publishing = SpoolPublishing(outbox, handover, camera.name)
        publishing.start()
        meter = CameraMeter(heartbeat, lambda: camera.spool.usage().oldest_at)
        while not stop.wait(_POLL_S) and publishing.is_running():
            meter.note(camera.report())
        publishing.finish(_GRACE_S)
        publishing.raise_error()


def station_loops(
    link: GateLink,
    station: Station,
    recordings: Sequence[Recording],
    triggers: TriggerRecord,
    alarm: LinkAlarm,
    following: Callable[[threading.Event, Heartbeat], None],
    stop: threading.Event,
) -> Mapping[str, Callable[[Heartbeat], None]]:
    """The loops of a gate station by name, for ``pipeline.thread_group.run_threads``.

    ``following`` follows the line's product.
    """
    return {
        "plc": partial(link.run, stop),
        "judge": partial(station.run, link, stop),
        "triggers": partial(triggers.run, stop),
        "alarm": partial(alarm.run, stop),
        "product": partial(following, stop),
        **{f"record-{one.camera.name}": partial(one.run, stop) for one in recordings},
    }
