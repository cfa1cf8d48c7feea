"""``marbleline gate``: the gate station, which tells a PLC which slabs pass."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "gate",
        help="inspect slabs at a PLC's trigger and tell it which pass",
        description="Takes pictures when the PLC triggers, judges them with the embedded model, folds them "
        "into the slab's verdict and tells the PLC before its deadline, all in one process beside the line. "
        "Frames and verdicts go to the broker as the record; broker, store and model server have no part in "
        "what passes. What is late, missing or in doubt is rejected. Runs until SIGTERM. See docs/plc.md. "
        "It is no safety function.",
        epilog="Example: marbleline gate --gate modbus:192.168.0.10:502 --source video:rtsp://camera/stream "
        "Exit code: 0 stopped, 1 failed, 2 usage.",
    )
    add_settings(
        parser,
        "line",
        "camera",
        "encoder",
        "gate",
        "slab_incomplete",
        "slab_rows",
        "slab_mm_per_count",
        "slab_calibrations",
    )
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the station until it is told to stop."""
    from marbleline.bootstrap import gate
    from marbleline.bootstrap.process import start
    from marbleline.bootstrap.shipped_model import with_shipped_model

    configuration = with_shipped_model(configuration_of(args))
    gate.run(configuration, start(configuration, "gate", supervised=args.supervised))
    return 0
