"""``marbleline retrain``: fine-tune the stable version with labels and run the gate."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import add_settings, settings_of
from marbleline.errors import SettingError
from marbleline.settings.line import ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "retrain",
        help="fine-tune the stable model version with labels",
        description="Starts from the stable version and a data set that `marbleline dataset build` made. "
        "Fits a domain head for the labelled stone, replays earlier training data, exports, "
        "calibrates the thresholds, and runs the gate: not worse on the golden set, better on "
        "held-out labelled slabs, equal on both runtimes, within size and cost. A version "
        "that passes becomes the next version, with its card, gate.md and gate.json, and gets "
        "the label candidate. A version that fails goes to refused/ beside the versions, and "
        "no label moves. An interrupted run continues where it stopped. Needs TensorFlow: pip "
        "install 'marbleline[train]'.",
        epilog="Exit code: 0 a candidate, 1 a version or a picture can't be read, 2 usage or too few "
        "labels of a kind, 3 refused by the gate (the reasons are printed). Example: "
        "marbleline retrain --dataset datasets/3f2a... && marbleline promote",
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
    from marbleline.bootstrap.process import usable_cores

    try:
        from marbleline.adapters.classifiers.litert import LiteRtClassifier
        from marbleline.training.finetune.retrain import retrain
    except ImportError as error:
        raise SettingError(f"training needs TensorFlow: pip install 'marbleline[train]' ({error})") from error
    begun = time.monotonic()
    cores = min(4, usable_cores())

    def on_progress(text: str) -> None:
        print(f"{(time.monotonic() - begun) / 60:5.1f} min  {text}", file=sys.stderr, flush=True)

    done = retrain(
        settings_of(args, ModelSettings).model,
        dataset_in(args.dataset),
        lambda folder: LiteRtClassifier(folder, threads=cores),
        on_progress,
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
    return 0 if outcome.passed else EXIT_DECLINED


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
