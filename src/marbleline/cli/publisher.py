"""``marbleline publisher``: ask the model, decide, publish and record the verdicts."""

import argparse
from typing import Any

from marbleline.cli.options import add_once, add_settings, add_supervised, configuration_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "publisher",
        help="classify frames, decide, and publish verdicts",
        description="Consumes encoded frames, classifies them in batches, applies the thresholds, "
        "publishes one verdict per frame and records it in the store. Runs until SIGTERM, or "
        "with --once until its queues are empty.",
        epilog="Exit code: 0 stopped or done, 1 failed, 2 usage.",
    )
    add_once(parser, "what is in its queues")
    add_settings(parser, "line", "publisher")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is stopped."""
    from marbleline.bootstrap import publisher
    from marbleline.bootstrap.process import start

    configuration = configuration_of(args)
    stop = start(configuration, "publisher", supervised=args.supervised)
    publisher.run(configuration, stop, once=args.once)
    return 0
