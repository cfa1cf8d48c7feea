"""The camera: a source, its spool and the broker."""

import threading
from contextlib import closing
from functools import partial
from typing import Final

from marbleline.adapters.sources.registry import LandingSettings
from marbleline.bootstrap.adapters import open_broker, open_source
from marbleline.bootstrap.products import check_product, repository_of
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_view import folder_of
from marbleline.pipeline.camera.standby import take_over
from marbleline.pipeline.camera.worker import CameraOptions, run_camera
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings, TelemetrySettings
from marbleline.telemetry.camera_meter import CameraMeter
from marbleline.telemetry.health import Health, serving

# Beyond the time in which a file has to lie still: no picture for so long means that there is none.
_IDLE_S: Final = 1.0


def run(
    configuration: Configuration, stop: threading.Event, *, once: bool = False, standby: bool = False
) -> None:
    """Capture until told to stop or the source ends; ``once``: until nothing more lies there.

    ``standby``: wait for a process that works on the spool to end; without it that is DataFolderBusy.
    """
    line, camera = configuration.read(LineSettings), configuration.read(CameraSettings)
    telemetry = configuration.read(TelemetrySettings)
    settle_s = configuration.read(LandingSettings).settle_s
    options = CameraOptions(
        line=line.line,
        camera=camera.camera,
        deadline_ms=camera.deadline_ms,
        max_frame_bytes=line.max_frame_bytes,
        stall_s=camera.stall_s,
        frames=camera.frames,
        idle_s=settle_s + _IDLE_S if once else 0.0,
        product=repository_of(configuration).default,
        own_product=camera.camera_product or None,
        region=camera.region or None,
        masks=camera.masks or None,
    )
    open_spool = partial(Spool, folder_of(line.data, camera.camera), camera.spool_bytes)
    check = partial(_check, configuration)
    health = Health()
    heartbeat = health.heartbeat("camera")
    with serving(health, telemetry.health_host, telemetry.health_port):
        spool = take_over(open_spool, check, heartbeat, stop) if standby else open_spool()
        if spool is None:
            return
        try:
            meter = CameraMeter(heartbeat, lambda: spool.usage().oldest_at)
            run_camera(
                open_source(configuration),
                lambda: open_broker(configuration, camera.camera),
                spool,
                options,
                stop,
                on_report=meter.note,
                check_product=partial(check_product, configuration),
            )
        finally:
            spool.close()


def _check(configuration: Configuration) -> None:
    """Raises BrokerUnavailable, or SettingError for a source that there can't be.

    The source is not looked at: a camera or a port may serve one process only, and the running one has it.
    """
    open_source(configuration).close()
    with closing(open_broker(configuration, configuration.read(CameraSettings).camera)) as broker:
        broker.check()
