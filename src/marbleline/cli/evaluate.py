"""``marbleline evaluate``: measure a model version on data sets."""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, configuration_of
from marbleline.cli.table import aligned
from marbleline.settings.line import ModelSettings

if TYPE_CHECKING:
    from marbleline.training.evaluate.evaluate import MetricRow
    from marbleline.training.evaluate.per_slab import SlabRow
    from marbleline.training.evaluate.scoring import Scores


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "evaluate",
        help="evaluate a model version on data sets",
        description="Judges the pictures of every data set below --data-root that were not trained on, "
        "and synthetic slabs, and prints each figure with its 95 % confidence interval "
        "(resampling whole slabs) and its goal. Where TensorFlow is installed it also "
        "compares the SavedModel with the LiteRT file, and the cost with EfficientNet-Lite0.",
        epilog="Exit code: 0 all goals are met, 1 some are not, 2 usage.",
    )
    parser.add_argument(
        "--data-root",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="folder of data sets with an index.csv",
    )
    parser.add_argument(
        "--synthetic", type=int, default=400, metavar="N", help="drawn slabs to judge (default: 400, 0: none)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--commissioning",
        action="store_true",
        help="instead, replay teaching on each data set: half of the slabs are asked about and learnt from, "
        "the other half is measured on; prints claimed and observed risk, and what is decided after so many "
        "answers",
    )
    parser.add_argument(
        "--draws", type=int, default=10, metavar="N", help="with --commissioning: draws (default: 10)"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="with --commissioning: keep what was seen of each picture",
    )
    parser.add_argument(
        "--points",
        type=Path,
        metavar="FILE",
        help="with --commissioning: keep the figures of each draw, and go on from them after a stop",
    )
    add_settings(parser, "model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the figures; 1 if a goal is missed."""
    if args.commissioning:
        return _replay(args)
    from marbleline.bootstrap.adapters import open_classifier
    from marbleline.domain.model import newest_version
    from marbleline.training.evaluate.evaluate import evaluate
    from marbleline.training.evaluate.per_slab import slab_rows
    from marbleline.training.evaluate.runtime_lines import runtime_lines

    configuration = configuration_of(args, classifier="")
    folder = newest_version(configuration.read(ModelSettings).model)
    classifier = open_classifier(configuration.changed(model=str(folder)))
    slabs: list[SlabRow] = []

    def seen(data: str, scores: "Scores") -> None:
        slabs.extend(slab_rows(data, scores, classifier.manifest.thresholds))

    rows = list(evaluate(classifier, args.data_root, args.synthetic, _say, seen))
    lines = runtime_lines(folder, _say)
    if args.json:
        figures, groups = [_as_dict(row) for row in rows], [asdict(slab) for slab in slabs]
        print(json.dumps({"model": str(folder), "figures": figures, "by_group": groups, "runtimes": lines}))
    else:
        print(as_table(rows), slab_table(slabs), sep="\n\n", end="\n\n")
        for line in lines.values():
            print(line)
    return 1 if any(row.met is False for row in rows) else 0


def _replay(args: argparse.Namespace) -> int:
    from marbleline.domain.model import load_manifest
    from marbleline.domain.product import RiskTargets
    from marbleline.domain.version_labels import stable_version
    from marbleline.training.commission.answers_saved import answers_saved
    from marbleline.training.commission.labelled_slabs import LabelledSlabs
    from marbleline.training.commission.point_log import PointLog, made_with, measure_missing
    from marbleline.training.commission.replay import Point, replay
    from marbleline.training.commission.replay_data import backbone_of, labelled_sets_in
    from marbleline.training.commission.summary import claims_table, curves_table

    base = stable_version(configuration_of(args, classifier="").read(ModelSettings).model)
    risk = RiskTargets()
    log = PointLog(args.points, made_with(load_manifest(base).digest, risk))
    for name, labelled in labelled_sets_in(args.data_root, base, backbone_of(base, args.cache), _say):

        def measure(draw: int, name: str = name, labelled: LabelledSlabs = labelled) -> Iterator[Point]:
            return replay(name, labelled, [draw], risk)

        measure_missing(log, name, "asked and random", range(args.draws), measure, _say)
    points = log.points()
    if args.json:
        print(json.dumps([asdict(point) for point in points]))
    else:
        tables = (claims_table(points, risk.confidence), curves_table(points), answers_saved(points))
        print(*tables, sep="\n\n")
    return 0


def as_table(rows: "list[MetricRow]") -> str:
    """The figures for people."""
    table = [("data", "figure", "value", "95 % interval", "pictures", "goal", "")]
    for row in rows:
        one = row.figure
        verdict = {None: "", True: "met", False: "NOT MET"}[row.met]
        goal = "" if row.goal is None else f"{row.goal:.2f}"
        interval = f"{_number(one.low)} to {_number(one.high)}"
        table.append((row.data, row.what, _number(one.value), interval, str(one.count), goal, verdict))
    return aligned(table)


def slab_table(slabs: "list[SlabRow]") -> str:
    """Slab by slab, for people."""
    table = [("data", "slab", "good", "faulty", "to review", "right of the rest")]
    for slab in slabs:
        right = "-" if slab.right is None else _number(slab.right)
        table.append((slab.data, slab.group, str(slab.good), str(slab.faulty), _number(slab.review), right))
    return aligned(table)


def _as_dict(row: "MetricRow") -> dict[str, Any]:
    return {"data": row.data, "what": row.what, **asdict(row.figure), "goal": row.goal, "met": row.met}


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
