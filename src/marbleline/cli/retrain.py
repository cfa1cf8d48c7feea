"""``marbleline retrain``: teach the stable version from labels and hold the candidate to the gate."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from marbleline.cli import SAID_NO
from marbleline.cli.options import add_settings, settings_of
from marbleline.errors import SettingError


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "retrain",
        help="teach the stable version from labels; the gate says whether it is a candidate",
        description="Starts from the stable version and a data set that `marbleline dataset build` made. "
        "Fits a specialist for the labelled stone, replays what was learnt before, exports, calibrates the "
        "thresholds, and holds the result to the gate: not worse on the golden set, better on labelled "
        "slabs held out, the same on both runtimes, within size and cost. What passes becomes the next "
        "version, with its card, gate.md and gate.json, and bears the label candidate; what doesn't goes to "
        "refused/ beside the versions, and no label moves. About two minutes for a hundred labels on two "
        "cores; cut short, it goes on where it was. Needs TensorFlow: pip install 'marbleline[train]'.",
        epilog="Exit code: 0 a candidate, 1 a version or a picture can't be read, 2 usage or labels that "
        "can't teach, 3 refused by the gate (the reasons are printed). Example: marbleline retrain --dataset "
        "datasets/3f2a... && marbleline promote",
    )
    parser.add_argument(
        "--dataset",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="a folder with index.csv, or with one set",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    add_settings(parser, "model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Retrain, and say what the gate said."""
    from marbleline import wiring

    try:
        from marbleline.adapters.classifier_litert import LiteRtClassifier
        from marbleline.training.retrain import retrain
    except ImportError as error:
        raise SettingError(f"training needs TensorFlow: pip install 'marbleline[train]' ({error})") from error
    begun = time.monotonic()
    cores = min(4, wiring.usable_cores())

    def told(text: str) -> None:
        print(f"{(time.monotonic() - begun) / 60:5.1f} min  {text}", file=sys.stderr, flush=True)

    done = retrain(
        settings_of(args).model,
        dataset_in(args.dataset),
        lambda folder: LiteRtClassifier(folder, threads=cores),
        told,
        args.seed,
    )
    outcome = done.outcome
    if args.json:
        shown = {"version": done.version, "folder": str(done.folder), "reasons": outcome.reasons}
        print(json.dumps({**shown, **outcome.to_document()}))
    else:
        for check in outcome.checks:
            print(f"{'ok    ' if check.passed else 'FAILED'} {check.name}: {check.detail}")
        if outcome.passed:
            print(f"version {done.version} is the candidate; `marbleline promote` makes it stable")
        else:
            print(f"refused by the gate, nothing has changed; the report is {done.folder / 'gate.md'}")
    return 0 if outcome.passed else SAID_NO


def dataset_in(folder: Path) -> Path:
    """The data set: this folder, or the only one in it, as `dataset build --output` leaves it there.

    Raises SettingError.
    """
    if (folder / "index.csv").is_file():
        return folder
    found = sorted(one.parent for one in folder.glob("*/index.csv"))
    if len(found) != 1:
        raise SettingError(f"--dataset {folder}: no index.csv, and {len(found)} data sets in it; name one")
    return found[0]
