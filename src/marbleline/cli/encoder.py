"""``marbleline encoder``: check pictures, make the model's input of them, record the frames."""

import argparse
from functools import partial
from typing import Any, Final

from marbleline.cli.camera import capture
from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_once, add_supervised, run_loops, run_once, start
from marbleline.errors import SettingError

_LANDING: Final = ("camera", "settle_s", "landed_files", "deadline_ms", "spool_bytes", "stall_s", "frames")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "encoder",
        help="check pictures and make the model's input of them",
        description="Takes captured frames from the broker, checks and decodes each picture once, passes the "
        "model's input on, and records the frame with its picture in the store. A picture that can't be "
        "judged is dead-lettered with its reason. Runs until SIGTERM, or with --once until its queues are "
        "empty.",
        epilog="Exit code: 0 stopped or done, 1 it could not go on, 2 usage. Example: "
        "marbleline encoder --once --landing /mnt/landing --camera batch",
    )
    add_once(parser, "what lies in its queues")
    parser.add_argument(
        "--landing",
        metavar="FOLDER",
        help="with --once: first capture what lies in this landing folder, as the camera of that name",
    )
    add_settings(parser, "line", "encoder", *_LANDING)
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.domain.model import load_manifest
    from marbleline.domain.version_labels import stable_version
    from marbleline.ports.topology import FRAME_RECORDS, FRAMES
    from marbleline.workers.encoder import encoding
    from marbleline.workers.loop import Batching, consume
    from marbleline.workers.recorder import FRAMES_AT_ONCE, frame_recording

    settings = settings_of(args)
    if args.landing and not args.once:
        raise SettingError("--landing: goes with --once; a running line has a camera for its landing folder")
    stop = start(settings, "encoder", supervised=args.supervised)
    if args.landing:
        capture(settings_of(args, source=f"landing:{args.landing}"), stop, once=True)
    spec = load_manifest(stable_version(settings.model)).input
    hot, cold = wiring.make_broker(settings, "encoder"), wiring.make_broker(settings, "encoder-recorder")
    store = wiring.make_store(settings)
    work, record = encoding(spec, wiring.limits(settings), now), frame_recording(store)
    loops = {
        "encode": partial(consume, hot, FRAMES.name, work, Batching(8), stop, once=args.once),
        "record": partial(consume, cold, FRAME_RECORDS.name, record, FRAMES_AT_ONCE, stop, once=args.once),
    }
    try:
        if args.once:
            run_once(loops)
        else:
            run_loops(settings, loops, stop)
    finally:
        for connection in (hot, cold, store):
            connection.close()
    return 0
