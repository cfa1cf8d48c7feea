"""``marbleline product watch``."""

import argparse
from typing import Final

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import configuration_of_a_line

SETTINGS: Final = ("line",)

_ENOUGH: Final = 200


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument("name", metavar="NAME", help="the product")
    parser.add_argument(
        "--count", type=int, default=_ENOUGH, metavar="N", help=f"slabs to wait for (default: {_ENOUGH})"
    )
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="longest wait (default: 0, look once)"
    )


def run(args: argparse.Namespace) -> int:
    """Say what the line decided of them; EXIT_DECLINED if there were too few in time."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.settings.line import LineSettings
    from marbleline.training.guided.watch import wait_for_slabs

    configuration = configuration_of_a_line(args)
    line = configuration.read(LineSettings).line
    store = open_store(configuration)
    try:
        counts = wait_for_slabs(store, line, args.name, args.count, args.wait)
    finally:
        store.close()
    decided = ", ".join(f"{count} {decision}" for decision, count in counts.by_decision.items())
    print(f"{counts.total} slabs of {args.name} on {line}: {decided}")
    if counts.total >= args.count:
        return 0
    print(f"that is fewer than {args.count}; is {args.name} the line's product? see `product history`")
    return EXIT_DECLINED
