"""``marbleline encoder``: check pictures, make the model's input of them, record the frames."""

import argparse
from typing import Any, Final

from marbleline.cli.options import add_once, add_settings, add_supervised, configuration_of
from marbleline.errors import SettingError

_LANDING: Final = ("camera", "settle_s", "landed_files", "deadline_ms", "spool_bytes", "stall_s", "frames")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "encoder",
        help="check and decode frames, and compute the model's input",
        description="Consumes captured frames, checks and decodes each picture once, publishes the "
        "model's input, and records the frame with its picture in the store. A picture that "
        "can't be judged is dead-lettered with a reason. Runs until SIGTERM, or with --once "
        "until its queues are empty.",
        epilog="Exit code: 0 stopped or done, 1 failed, 2 usage. Example: marbleline encoder --once "
        "--landing /mnt/landing --camera batch",
    )
    add_once(parser, "what is in its queues")
    parser.add_argument(
        "--landing",
        metavar="FOLDER",
        help="with --once: first capture what lies in this landing folder, as the camera of that name",
    )
    add_settings(parser, "line", "encoder", *_LANDING)
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is stopped."""
    from marbleline.bootstrap import encoder
    from marbleline.bootstrap.process import start

    configuration = configuration_of(args)
    if args.landing and not args.once:
        raise SettingError("--landing: goes with --once; a running line has a camera for its landing folder")
    stop = start(configuration, "encoder", supervised=args.supervised)
    if args.landing:
        from marbleline.bootstrap import camera

        camera.run(configuration.changed(source=f"landing:{args.landing}"), stop, once=True)
    encoder.run(configuration, stop, once=args.once)
    return 0
