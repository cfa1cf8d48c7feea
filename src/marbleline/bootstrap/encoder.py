"""The encoder: checks and decodes pictures, and records the frames."""

import threading
from contextlib import ExitStack, closing
from functools import partial
from typing import Final

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.embedded import embedded_files
from marbleline.bootstrap.process import Loop, run_loops, run_once
from marbleline.bootstrap.products import open_input_specs, repository_of
from marbleline.bootstrap.recorder import frame_recorder
from marbleline.domain.clock import now
from marbleline.domain.picture import Limits
from marbleline.domain.picture_cost import Budget
from marbleline.domain.region import Region, region_of
from marbleline.operations.integrity import watch_files
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.encoder import encoded_alone, encoding_handler
from marbleline.pipeline.setup_follower import SetupFollower
from marbleline.ports.topology import FRAMES
from marbleline.sandbox.decoder import PictureDecoder
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.encoder import DecodingSettings, EncoderSettings
from marbleline.settings.line import LineSettings
from marbleline.telemetry.health import Heartbeat

# A store that is away holds the encoder up no longer than this when it starts.
_FIRST_POLL_S: Final = 5.0


def run(configuration: Configuration, stop: threading.Event, *, once: bool = False) -> None:
    """Encode and record until told to stop; ``once``: until the queues are empty."""
    line, limits = configuration.read(LineSettings), picture_limits(configuration)
    specs = open_input_specs(configuration)
    spec = specs(repository_of(configuration).default)
    with ExitStack() as opened:
        broker = opened.enter_context(closing(open_broker(configuration, "encoder")))
        decoder = opened.enter_context(closing(PictureDecoder()))
        setups = SetupFollower(opened.enter_context(closing(open_store(configuration))), line.line)
        encode = encoding_handler(specs, limits, now, decoder.prepare, setups.applied)
        alone = encoded_alone(spec, limits, setups.applied)
        loops: dict[str, Loop] = {
            "encode": partial(
                consume, broker, FRAMES.name, encode, Batching(8), stop, once=once, alone=alone
            ),
            "record": frame_recorder(configuration, opened, stop, once=once),
        }
        if once:
            setups.poll()
            run_once(loops)
            return
        loops["encode"] = partial(_after_first_poll, loops["encode"], setups, stop)
        loops["setups"] = partial(setups.run, stop)
        files = embedded_files(configuration)
        if files:
            alarms = opened.enter_context(closing(open_store(configuration)))
            every_s = configuration.read(EncoderSettings).integrity_s
            loops["integrity"] = partial(watch_files, files, alarms, line.line, every_s, stop)
        run_loops(configuration, loops, stop, background=["record", "setups"])


def judged_region(configuration: Configuration) -> Region | None:
    """What is judged of a picture; None: all of it."""
    camera = configuration.read(CameraSettings)
    return region_of(camera.region, camera.masks) if camera.region or camera.masks else None


def _after_first_poll(
    encode: Loop, setups: SetupFollower, stop: threading.Event, heartbeat: Heartbeat
) -> None:
    heartbeat.ok()
    setups.wait_for_first_poll(_FIRST_POLL_S, stop)
    encode(heartbeat)


def picture_limits(configuration: Configuration) -> Limits:
    """Which pictures are refused undecoded."""
    settings = configuration.read(DecodingSettings)
    budget = Budget(memory_bytes=settings.max_decode_bytes)
    max_bytes = configuration.read(LineSettings).max_frame_bytes
    return Limits(max_bytes=max_bytes, max_pixels=settings.max_pixels, budget=budget)
