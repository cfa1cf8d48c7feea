"""The gate station: the PLC, the cameras with their spools, the embedded models, and the record."""

import logging
import threading
from contextlib import ExitStack, closing
from functools import partial

from marbleline.bootstrap.adapters import open_broker, open_gate, open_source, open_store
from marbleline.bootstrap.encoder import picture_limits
from marbleline.bootstrap.process import run_loops
from marbleline.bootstrap.products import check_product, open_classifiers, repository_of
from marbleline.bootstrap.slab_rules import SlabRulesReader
from marbleline.domain.clock import now
from marbleline.errors import ClassifierUnavailable, ModelError, SettingError, UnknownProduct
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.camera.product_switching import follow_product, switching
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_view import folder_of
from marbleline.pipeline.gate.cameras import StationCamera
from marbleline.pipeline.gate.judged_frames import JudgedFrames
from marbleline.pipeline.gate.link import GateLink, LinkTiming
from marbleline.pipeline.gate.link_alarm import LinkAlarm
from marbleline.pipeline.gate.product import Inspected, StationProduct
from marbleline.pipeline.gate.station import Station, StationOptions
from marbleline.pipeline.gate.trigger_record import TriggerRecord
from marbleline.pipeline.gate.worker import Recording, station_loops
from marbleline.ports.classifier import Classifier, ProductClassifiers
from marbleline.ports.source import TakesProductSwitches
from marbleline.sandbox.decoder import PictureDecoder
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.gate import GateSettings
from marbleline.settings.line import LineSettings
from marbleline.telemetry.health import Heartbeat

log = logging.getLogger("marbleline.gate")


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
        classifiers = opened.enter_context(closing(open_classifiers(embedded)))
        currents = [
            CurrentProduct(camera.spool.folder, options.line, camera.name, camera.product)
            for camera in cameras
        ]
        product = StationProduct(
            list(zip(cameras, currents, strict=True)),
            partial(_inspected, classifiers, SlabRulesReader(configuration)),
        )
        station = Station(
            options,
            list(zip(cameras, judged, strict=True)),
            product,
            picture_limits(configuration),
            triggers.note,
            decoder.prepare,
        )
        timing = LinkTiming(poll_s=settings.gate_poll_ms / 1000)
        alarm = LinkAlarm(partial(open_store, configuration), options.line, settings.gate)
        link = GateLink(open_gate(configuration), station.state, timing, station.missed, alarm.note)
        recordings = [
            Recording(camera, record, partial(open_broker, configuration, camera.name), current)
            for camera, record, current in zip(cameras, judged, currents, strict=True)
        ]
        connect = partial(open_broker, configuration, "gate-product")
        for camera in cameras:
            if isinstance(camera.source, TakesProductSwitches):
                check = partial(check_product, embedded)
                switch = switching(connect, options.line, product, check)
                camera.source.listen_for_switches(switch, lambda: product.name)

        def following(stop: threading.Event, heartbeat: Heartbeat) -> None:
            follow_product(product, connect, options.line, stop, heartbeat.ok)

        loops = station_loops(link, station, recordings, triggers, alarm, following, stop)
        run_loops(configuration, loops, stop)


def _inspected(classifiers: ProductClassifiers, rules: SlabRulesReader, product: str) -> Inspected:
    """What judges a product. Recipe and calibrations are read here: no file stands between a trigger and
    the PLC's answer.
    """
    classifier: Classifier | None = None
    try:
        classifier = classifiers.of(product)
        classifier.check()
        log.info("gate.product", extra={"product": classifier.manifest.name})
    except (UnknownProduct, ClassifierUnavailable, ModelError) as error:
        classifier = None
        log.error("gate.no_model", extra={"product": product, "detail": str(error)})  # noqa: TRY400
    return Inspected(product, classifier, rules(product))


def _open_camera(configuration: Configuration, options: StationOptions, opened: ExitStack) -> StationCamera:
    line, camera = configuration.read(LineSettings), configuration.read(CameraSettings)
    if camera.camera_product:
        raise SettingError(
            f"camera {camera.camera}: camera_product is {camera.camera_product!r}, but a gate station "
            "judges all pictures of a slab by the line's product; leave it empty"
        )
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
