"""``marbleline dataset``: make a data set of what people said."""

import argparse
import json
from pathlib import Path
from typing import Any

from marbleline.cli import SAID_NO
from marbleline.cli.options import add_settings, settings_of_a_line


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "dataset",
        help="make a versioned data set of labels",
        description="Data sets for `marbleline retrain`.",
        epilog="`marbleline dataset build --help` has the exit codes.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser(
        "build",
        help="pictures with labels, parted by slab, with every hash",
        description="Takes every labelled frame of the line whose picture is still kept. A frame on which "
        "people differ is left out and counted. manifest.json names every picture's SHA-256, slab and fold, "
        "what the stable version remembers of its own training (base), and the frames most worth a label "
        "(low-confidence; never trained on without one). The folder's name is the hash of all that: the same "
        "inputs give the same folder.",
        epilog="The last line printed is the folder. Exit code: 0 built, 1 the store is away, 2 usage, 3 "
        "fewer new labels than --at-least. Example: marbleline dataset build --output datasets --at-least 50",
    )
    build.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where data sets lie")
    build.add_argument(
        "--ask", type=int, default=100, metavar="N", help="frames worth a label to list (default: 100)"
    )
    build.add_argument(
        "--at-least",
        type=int,
        default=0,
        metavar="N",
        help="build nothing with fewer labels that no version was taught with (default: 0)",
    )
    build.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(build, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build it and say what is in it."""
    from marbleline import wiring
    from marbleline.domain.version_labels import stable_version
    from marbleline.training.dataset_build import build
    from marbleline.training.gather import gather

    settings = settings_of_a_line(args)
    store = wiring.make_store(settings)
    try:
        found = gather(store, settings.line, stable_version(settings.model), args.ask)
    finally:
        store.close()
    enough = bool(found.labelled) and found.new >= args.at_least
    built = build(found, args.output) if enough else None
    if args.json:
        counts = {"labelled": len(found.labelled), "new": found.new, "disputed": len(found.disputed)}
        counts |= {"without_picture": len(found.without_picture), "to_label": len(found.to_label)}
        shown = {"folder": built and str(built.folder), "balance": built and built.balance}
        print(json.dumps({**counts, **shown}))
        return 0 if enough else SAID_NO
    left_out = f"{len(found.disputed)} disputed, {len(found.without_picture)} whose picture is gone"
    print(
        f"{len(found.labelled)} labelled pictures, {found.new} of them new; left out: {left_out}; "
        f"{len(found.to_label)} frames worth a label"
    )
    if built is None:
        print(f"{found.new} new labels, fewer than {max(1, args.at_least)}: nothing was built")
        return SAID_NO
    print(", ".join(f"{count} {truth}" for truth, count in built.balance.items()))
    print(built.folder)
    return 0
