"""``marbleline train``: train a model version."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from marbleline.errors import SettingError


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "train",
        help="train a model version",
        description="Trains a version from folders of labelled pictures (each with an index.csv: path, "
        "label, split, group, mask, sha256) and synthetic slabs, calibrates its thresholds, "
        "evaluates it, and writes SavedModel, LiteRT file, manifest and model card. Needs "
        "TensorFlow: pip install 'marbleline[train]'.",
        epilog="Exit code: 0 written, 1 it could not be trained, 2 usage.",
    )
    parser.add_argument(
        "--data-root",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="folder of data sets with an index.csv",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="the version's folder, named by its number: model_repo/marble/2",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same seed, the same examples (default: 1)"
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs of each head")
    parser.add_argument("--members", type=int, default=3, metavar="N", help="heads to average (default: 3)")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="X",
        help="share of the usual examples; less is faster and worse",
    )
    parser.add_argument(
        "--processes", type=int, default=2, metavar="N", help="processes that make examples (default: 2)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train and write the version."""
    if not args.output.name.isdigit() or int(args.output.name) < 1:
        raise SettingError(f"--output {args.output}: the folder's name has to be the version's number")
    if (args.output / "manifest.json").exists():
        raise SettingError(
            f"--output {args.output}: this version exists; versions never change, take the next number"
        )
    from marbleline.bootstrap.process import usable_cores

    try:
        from marbleline.adapters.classifiers.litert import LiteRtClassifier
        from marbleline.training.data.recipes import Mix
        from marbleline.training.model.fit import Schedule
        from marbleline.training.model.train import TrainingPlan, train
    except ImportError as error:
        raise SettingError(f"training needs TensorFlow: pip install 'marbleline[train]' ({error})") from error
    schedule = Schedule(epochs=args.epochs) if args.epochs else Schedule()
    plan = TrainingPlan(
        name=args.output.resolve().parent.name,
        seed=args.seed,
        mix=Mix(scale=args.scale),
        schedule=schedule,
        members=args.members,
        processes=args.processes,
    )
    begun = time.monotonic()
    cores = min(4, usable_cores())
    train(
        args.data_root,
        args.output,
        plan,
        lambda folder: LiteRtClassifier(folder, threads=cores),
        lambda text: print(
            f"{(time.monotonic() - begun) / 60:5.1f} min  {text}", file=sys.stderr, flush=True
        ),
    )
    return 0
