"""``marbleline dataset``: make a data set of what people said."""

import argparse
import json
from pathlib import Path
from typing import Any

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.settings.line import LineSettings, ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "dataset",
        help="build a versioned data set from labels",
        description="Data sets for `marbleline retrain`.",
        epilog="`marbleline dataset build --help` has the exit codes.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser(
        "build",
        help="build a data set from labelled pictures, split by slab",
        description="Collects every labelled frame of the line whose picture is still in the store. A frame "
        "whose labels disagree is left out and counted. manifest.json has every picture's SHA-256, slab and "
        "fold, the replay set of the stable version (base), and the unlabelled frames with the lowest "
        "confidence, which are never trained on. The folder's name is the hash of all that: equal inputs "
        "give the same folder.",
        epilog="The last line printed is the folder. Exit code: 0 built, 1 the store is unavailable, 2 "
        "usage, 3 fewer new labels than --at-least. Example: marbleline dataset build --output datasets "
        "--at-least 50",
    )
    build.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="folder of data sets")
    build.add_argument(
        "--ask", type=int, default=100, metavar="N", help="unlabelled frames to list (default: 100)"
    )
    build.add_argument(
        "--at-least",
        type=int,
        default=0,
        metavar="N",
        help="build nothing with fewer labels that no version was trained on (default: 0)",
    )
    build.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(build, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build it and say what is in it."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.domain.version_labels import stable_version
    from marbleline.training.data.build import build
    from marbleline.training.data.gather import gather

    configuration = configuration_of_a_line(args)
    line, model = configuration.read(LineSettings).line, configuration.read(ModelSettings).model
    store = open_store(configuration)
    try:
        product = parse_model_path(model).product
        found = gather(store, line, stable_version(model), args.ask, product)
    finally:
        store.close()
    enough = bool(found.labelled) and found.new >= args.at_least
    built = build(found, args.output) if enough else None
    if args.json:
        counts = {"labelled": len(found.labelled), "new": found.new, "disputed": len(found.disputed)}
        counts |= {"without_picture": len(found.without_picture), "to_label": len(found.to_label)}
        shown = {"folder": built and str(built.folder), "balance": built and built.balance}
        print(json.dumps({**counts, **shown}))
        return 0 if enough else EXIT_DECLINED
    left_out = f"{len(found.disputed)} disputed, {len(found.without_picture)} whose picture is gone"
    print(
        f"{len(found.labelled)} labelled pictures, {found.new} of them new; left out: {left_out}; "
        f"{len(found.to_label)} frames worth a label"
    )
    if built is None:
        print(f"{found.new} new labels, fewer than {max(1, args.at_least)}: nothing was built")
        return EXIT_DECLINED
    print(", ".join(f"{count} {truth}" for truth, count in built.balance.items()))
    print(built.folder)
    return 0
