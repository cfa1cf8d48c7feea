"""``marbleline shadow``: what a candidate would have decided."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, settings_of_a_line
from marbleline.errors import ModelError


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "shadow",
        help="report where a candidate differs from the verdicts that counted",
        description="Compares what a version said as a shadow (publishers run with --shadow candidate) with "
        "the verdicts of the same frames: how often the two agree, where they differ, with pictures, who was "
        "right where people said what it was, and how long each took. Writes shadow.md, shadow.json and the "
        "pictures.",
        epilog="Exit code: 0 done, 1 there is nothing to compare, 2 usage. Example: marbleline shadow "
        "--json | jq .agreed",
    )
    parser.add_argument("--version", type=int, metavar="N", help="default: the one labelled candidate")
    parser.add_argument("--frames", type=int, default=2_000, metavar="N", help="the newest so many at most")
    parser.add_argument("--output", type=Path, default=Path("shadow-report"), metavar="FOLDER")
    parser.add_argument("--json", action="store_true", help="print what shadow.json holds instead")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the report and print its head."""
    from marbleline import wiring
    from marbleline.domain.version_labels import CANDIDATE, read_labels
    from marbleline.training.shadow import compare, pairs
    from marbleline.training.shadow_report import as_document, write_report

    settings = settings_of_a_line(args)
    version = read_labels(settings.model).get(CANDIDATE) if args.version is None else args.version
    if version is None:
        raise ModelError(f"{settings.model}: no version is labelled {CANDIDATE}; name one with --version")
    store = wiring.make_store(settings)
    try:
        found = pairs(store, version, None, args.frames)
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
