"""``marbleline line``: all workers on this machine, and what happens, on the terminal."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from marbleline.cli.arguments import seconds, whole_number
from marbleline.cli.options import add_settings, configuration_of
from marbleline.errors import SettingError

_COUNT = whole_number(1, 64)


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "line",
        help="run a whole line on this machine: cameras, encoder, publisher, console",
        description="Runs a whole line on this machine, one process per worker, and restarts a worker "
        "that exits. Ctrl-C stops the cameras, waits until the queues are empty, stops the "
        "other workers and prints the ledger.",
        epilog="Exit code: 0 the ledger balances, 1 it does not, 2 usage.",
    )
    parser.add_argument(
        "--cameras",
        type=_COUNT,
        metavar="N",
        help="N cameras with the same settings (default: 1, or the [[cameras]] of the --config file)",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="replay the pictures of a folder; short for --source folder:FOLDER",
    )
    parser.add_argument(
        "--encoders", type=_COUNT, default=1, metavar="N", help="encoder processes (default: 1)"
    )
    parser.add_argument(
        "--publishers", type=_COUNT, default=1, metavar="N", help="publisher processes (default: 1)"
    )
    parser.add_argument("--duration", type=seconds(0), metavar="SECONDS", help="stop after this time")
    parser.add_argument(
        "--drain",
        type=seconds(0),
        default=30,
        metavar="SECONDS",
        help="when stopping, how long to wait for empty queues (default: 30)",
    )
    parser.add_argument("--no-console", action="store_true", help="run no console")
    parser.add_argument(
        "--open", action="store_true", help="open the console in the browser, if a display is available"
    )
    parser.add_argument(
        "--commission",
        type=whole_number(20, 10_000),
        default=0,
        metavar="SLABS",
        help="before the first start, teach a product with so many drawn slabs whose labels are known, and"
        " judge by it; for synthetic sources",
    )
    parser.add_argument(
        "--soft-gate",
        action="store_true",
        help="also run a soft PLC with a reject gate and a gate station for it (docs/plc.md)",
    )
    parser.add_argument("--quiet", action="store_true", help="don't print verdicts")
    add_settings(parser, "line", "camera", "encoder", "publisher", "slab", "sink", "console")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until stopped; 1 if the ledger doesn't balance at the end."""
    from marbleline.bootstrap import line
    from marbleline.bootstrap.shipped_model import with_shipped_model
    from marbleline.cli.ledger import as_table

    changes = {"source": f"folder:{args.images}"} if args.images else {}
    if args.images and not args.images.is_dir():
        raise SettingError(f"--images {args.images}: there is no such folder")
    options = line.LineOptions(
        cameras=args.cameras,
        encoders=args.encoders,
        publishers=args.publishers,
        console=not args.no_console,
        open_browser=args.open,
        duration_s=args.duration or None,
        drain_s=args.drain,
        commission=args.commission,
        soft_gate=args.soft_gate,
        quiet=args.quiet,
    )
    configuration = with_shipped_model(configuration_of(args, **changes))
    ledger = line.run(configuration, options, _say)
    print(as_table(ledger), flush=True)
    return 0 if ledger.balanced else 1


def _say(text: str) -> None:
    # A terminal that was closed must not keep the line from stopping in order.
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
