"""``marbleline slab``: fold the verdicts of a slab's frames into the slab's verdict."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "slab",
        help="fold the verdicts of a slab's frames into one slab verdict",
        description="Consumes the verdicts of a line's frames and its triggers, and publishes one verdict "
        "per slab: by its worst tile, and never good with a tile missing, late or in doubt. Several may run; "
        "one is active, and another takes over when it dies. Runs until SIGTERM. See docs/slabs.md.",
        epilog="Exit code: 0 stopped, 2 usage. Example: marbleline slab --slabs true --slab-deadline-ms 1500",
    )
    add_settings(parser, "line", "slab")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the worker until it is told to stop."""
    from marbleline.bootstrap import slab
    from marbleline.bootstrap.process import start

    configuration = configuration_of(args)
    stop = start(configuration, "slab", supervised=args.supervised)
    slab.run(configuration, stop)
    return 0
