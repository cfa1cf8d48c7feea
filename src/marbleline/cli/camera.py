"""``marbleline camera``: take pictures from a source and hand them to the broker."""

import argparse
import threading
from typing import Any, Final

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, start
from marbleline.settings import Settings

# Beyond the time in which a file has to lie still: no picture for so long means that there is none.
QUIET_S: Final = 1.0


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "camera",
        help="take pictures from a source and hand them to the broker",
        description="Takes pictures from a source, gives each its identity, writes it to the spool and "
        "publishes it. A picture leaves the spool only when the broker has confirmed it; while the broker is "
        "away the camera goes on until the spool's quota is used up. Runs until SIGTERM, or until a source "
        "that ends has ended and all its pictures are published.",
        epilog="Exit code: 0 stopped or ended, 1 it could not go on, 2 usage.",
    )
    add_settings(parser, "line", "camera")
    parser.add_argument(
        "--once", action="store_true", help="take what lies there now, publish it and exit (landing folders)"
    )
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop or its source ends."""
    settings = settings_of(args)
    capture(settings, start(settings, settings.camera, supervised=args.supervised), once=args.once)
    return 0


def capture(settings: Settings, stop: threading.Event, *, once: bool = False) -> None:
    """Capture from the source of the settings; ``once``: until nothing more lies there."""
    from marbleline import wiring
    from marbleline.telemetry.camera_meter import CameraMeter
    from marbleline.telemetry.health import Health, serving
    from marbleline.workers.camera import CameraOptions, run_camera
    from marbleline.workers.spool import Spool
    from marbleline.workers.spool_view import folder_of

    options = CameraOptions(
        line=settings.line,
        camera=settings.camera,
        deadline_ms=settings.deadline_ms,
        max_frame_bytes=settings.max_frame_bytes,
        stall_s=settings.stall_s,
        frames=settings.frames,
        quiet_s=settings.settle_s + QUIET_S if once else 0.0,
    )
    spool = Spool(folder_of(settings.data, settings.camera), settings.spool_bytes)
    try:
        source = wiring.make_source(settings)
        health = Health()
        meter = CameraMeter(health.pulse("camera"), lambda: spool.figures().oldest_at)
        with serving(health, settings.health_host, settings.health_port):
            run_camera(
                source,
                lambda: wiring.make_broker(settings, settings.camera),
                spool,
                options,
                stop,
                told=meter.note,
            )
    finally:
        spool.close()
