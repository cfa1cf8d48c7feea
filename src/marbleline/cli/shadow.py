"""``marbleline shadow``: what a candidate would have decided."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.errors import ModelError
from marbleline.settings.line import ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "shadow",
        help="report where a candidate differs from the verdicts",
        description="Compares a version's shadow verdicts (publishers run with --shadow candidate) with "
        "the verdicts of the same frames: how often they agree, where they differ, with "
        "pictures, which one was right where a label exists, and the time that each took. "
        "Writes shadow.md, shadow.json and the pictures.",
        epilog="Exit code: 0 done, 1 there is nothing to compare, 2 usage. Example: marbleline "
        "shadow --json | jq .agreed",
    )
    parser.add_argument("--version", type=int, metavar="N", help="default: the candidate")
    parser.add_argument(
        "--frames", type=int, default=2_000, metavar="N", help="at most this many of the newest frames"
    )
    parser.add_argument("--output", type=Path, default=Path("shadow-report"), metavar="FOLDER")
    parser.add_argument("--json", action="store_true", help="print the content of shadow.json instead")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the report and print its head."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.product_repository import parse_model_path
    from marbleline.domain.version_labels import CANDIDATE, read_labels
    from marbleline.training.monitor.shadow import compare, pairs
    from marbleline.training.monitor.shadow_report import as_document, write_report

    configuration = configuration_of_a_line(args)
    model = configuration.read(ModelSettings).model
    version = read_labels(model).get(CANDIDATE) if args.version is None else args.version
    if version is None:
        raise ModelError(f"{model}: no version is labelled {CANDIDATE}; name one with --version")
    store = open_store(configuration)
    try:
        product = parse_model_path(model).product
        found = pairs(store, version, None, args.frames, product)
        if not found:
            print(
                f"version {version} has not been a shadow on any frame with a verdict; start publishers with "
                f"--shadow {CANDIDATE}",
                file=sys.stderr,
            )
            return 1
        made = compare(found)
        write_report(args.output, made, store.image)
    finally:
        store.close()
    if args.json:
        print(json.dumps(as_document(made)))
        return 0
    print(f"version {made.candidate} beside {made.stable}: {made.frames} frames, {made.agreed:.1%} agreed")
    if made.labelled:
        print(
            f"of {made.labelled} labelled: stable right {made.stable_right}, candidate {made.candidate_right}"
        )
    print(f"report: {args.output / 'shadow.md'}")
    return 0
