"""``marbleline camera``: take pictures from a source and hand them to the broker."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of
from marbleline.settings.camera import CameraSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "camera",
        help="capture pictures from a source and publish them",
        description="Reads pictures from a source, gives each an id and a sequence number, writes it to "
        "the spool and publishes it. A frame stays in the spool until it is on record or "
        "dead-lettered. While the broker is unavailable the camera captures until the spool's "
        "quota is used up. Runs until SIGTERM, or until a finite source has ended and all its "
        "pictures are published.",
        epilog="Exit code: 0 stopped or ended, 1 failed, 2 usage.",
    )
    add_settings(parser, "line", "camera")
    parser.add_argument(
        "--once",
        action="store_true",
        help="capture the files that are there now, publish them and exit (landing folders)",
    )
    parser.add_argument(
        "--standby",
        action="store_true",
        help="while another process works on the spool, wait, ready to take over, instead of giving up",
    )
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop or its source ends."""
    from marbleline.bootstrap import camera
    from marbleline.bootstrap.process import start

    configuration = configuration_of(args)
    stop = start(configuration, configuration.read(CameraSettings).camera, supervised=args.supervised)
    camera.run(configuration, stop, once=args.once, standby=args.standby)
    return 0
