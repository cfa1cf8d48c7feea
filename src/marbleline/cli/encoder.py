"""``marbleline encoder``: check pictures, make the model's input of them, record the frames."""

import argparse
from functools import partial
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, run_loops, start


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "encoder",
        help="check pictures and make the model's input of them",
        description="Takes captured frames from the broker, checks and decodes each picture once, passes the "
        "model's input on, and records the frame with its picture in the store. A picture that can't be "
        "judged is dead-lettered with its reason. Runs until SIGTERM.",
    )
    add_settings(parser, "line", "encoder")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.domain.model import load_manifest, newest_version
    from marbleline.ports.topology import FRAME_RECORDS, FRAMES
    from marbleline.workers.encoder import encoding
    from marbleline.workers.loop import Batching, consume
    from marbleline.workers.recorder import frame_recording

    settings = settings_of(args)
    stop = start(settings, "encoder", supervised=args.supervised)
    spec = load_manifest(newest_version(settings.model)).input
    hot, cold = wiring.make_broker(settings, "encoder"), wiring.make_broker(settings, "encoder-recorder")
    store = wiring.make_store(settings)
    work, record = encoding(spec, wiring.limits(settings), now), frame_recording(store)
    try:
        run_loops(
            settings,
            {
                "encode": partial(consume, hot, FRAMES.name, work, Batching(4), stop),
                "record": partial(consume, cold, FRAME_RECORDS.name, record, Batching(16), stop),
            },
            stop,
        )
    finally:
        for connection in (hot, cold, store):
            connection.close()
    return 0
