"""The gate station: the PLC, the cameras with their spools, the embedded model, and the record."""

import threading
from contextlib import ExitStack, closing
from functools import partial

from marbleline.bootstrap.adapters import open_broker, open_gate, open_source, open_store
from marbleline.bootstrap.encoder import picture_limits
from marbleline.bootstrap.process import run_loops
from marbleline.bootstrap.products import open_classifiers, repository_of
from marbleline.bootstrap.slab_rules import SlabRulesReader
from marbleline.domain.clock import now
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_view import folder_of
from marbleline.pipeline.gate.cameras import StationCamera
from marbleline.pipeline.gate.judged_frames import JudgedFrames
from marbleline.pipeline.gate.link import GateLink, Pace
from marbleline.pipeline.gate.link_alarm import LinkAlarm
from marbleline.pipeline.gate.station import Station, StationOptions
from marbleline.pipeline.gate.trigger_record import TriggerRecord
from marbleline.pipeline.gate.worker import Recording, station_loops
from marbleline.sandbox.decoder import PictureDecoder
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.gate import GateSettings
from marbleline.settings.line import LineSettings


def run(configuration: Configuration, stop: threading.Event) -> None:
    """Inspect what the PLC triggers until told to stop.

    The cameras are the [[cameras]] of the settings file, else the one of the settings; their order is that of
    the tiles. Raises DataFolderBusy if another process works on a camera's spool.
    """
    line, settings = configuration.read(LineSettings), configuration.read(GateSettings)
    options = StationOptions(
        line=line.line,
        deadline_s=settings.gate_deadline_ms / 1000,
        exposure_s=settings.gate_exposure_ms / 1000,
        pictures=settings.gate_pictures,
    )
    with ExitStack() as opened:
        own = configuration.cameras or ({},)
        cameras = [_open_camera(configuration.changed(**one), options, opened) for one in own]
        judged = [JudgedFrames(folder_of(line.data, camera.name)) for camera in cameras]
        triggers = TriggerRecord(
            partial(open_broker, configuration, "gate-triggers"), f"trigger.{options.line}"
        )
        decoder = opened.enter_context(closing(PictureDecoder()))
        # No server decides at the gate: the model is asked in this process.
        embedded = configuration.changed(classifier="litert:")
        product = repository_of(embedded).default
        station = Station(
            options,
            list(zip(cameras, judged, strict=True)),
            opened.enter_context(closing(open_classifiers(embedded))).of(product),
            # Recipe and calibrations are read now: no file stands between a trigger and the PLC's answer.
            SlabRulesReader(configuration)(product),
            picture_limits(configuration),
            triggers.note,
            decoder.prepare,
        )
        pace = Pace(poll_s=settings.gate_poll_ms / 1000)
        alarm = LinkAlarm(partial(open_store, configuration), options.line, settings.gate)
        link = GateLink(open_gate(configuration), station.state, pace, station.missed, alarm.note)
        recordings = [
            Recording(camera, record, partial(open_broker, configuration, camera.name))
            for camera, record in zip(cameras, judged, strict=True)
        ]
        run_loops(configuration, station_loops(link, station, recordings, triggers, alarm, stop), stop)


def _open_camera(configuration: Configuration, options: StationOptions, opened: ExitStack) -> StationCamera:
    line, camera = configuration.read(LineSettings), configuration.read(CameraSettings)
    spool = opened.enter_context(closing(Spool(folder_of(line.data, camera.camera), camera.spool_bytes)))
    return StationCamera(
        line=line.line,
        name=camera.camera,
        source=open_source(configuration),
        spool=spool,
        deadline_ms=round(options.deadline_s * 1000),
        max_bytes=min(line.max_frame_bytes, spool.quota),
        wall=now,
        product=repository_of(configuration).default,
        region=camera.region or None,
        masks=camera.masks or None,
    )
