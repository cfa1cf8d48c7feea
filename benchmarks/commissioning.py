"""Commissioning replayed: claimed against observed risk, and what is decided after so many answers.

``python -m benchmarks.commissioning DATA --cache FOLDER`` replays all data sets below DATA, and drawn slabs.
Pictures are looked at once; a draw then takes from half a minute to some minutes. With ``--points FILE`` it
goes on after a stop where it was.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from marbleline.domain.model import load_manifest
from marbleline.domain.product import RiskTargets
from marbleline.domain.version_labels import stable_version
from marbleline.training.commission.answers_saved import answers_saved
from marbleline.training.commission.heads import HeadsPlan
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.point_log import PointLog, made_with, measure_missing
from marbleline.training.commission.replay import PLAN, Point, fixed, replay
from marbleline.training.commission.replay_data import backbone_of, drawn_slabs, labelled_sets_in
from marbleline.training.commission.summary import claims_table, curves_table

STONES = ("carrara", "crema")


def data_sets(args: argparse.Namespace, base: Path) -> Iterator[tuple[str, LabelledSlabs]]:
    """The data sets below ``args.data``, then drawn slabs."""
    backbone = backbone_of(base, args.cache)
    yield from labelled_sets_in(args.data, base, backbone, _say, args.only or ())
    for stone in STONES if args.drawn else ():
        if not args.only or f"drawn {stone}".startswith(tuple(args.only)):
            yield f"drawn {stone}", drawn_slabs(stone, args.drawn, backbone)


def main() -> None:
    """Replay and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument(
        "--first", type=int, default=0, help="the first draw: choose designs on 100 and later"
    )
    parser.add_argument("--drawn", type=int, default=500, help="drawn slabs of each stone")
    parser.add_argument("--only", action="append", help="data sets whose name begins so")
    parser.add_argument(
        "--prevalence", type=float, help="faulty ones among those to ask about; default: as many as there are"
    )
    parser.add_argument("--turns", type=int, default=PLAN.turns, help="turns of the heads: fewer are quicker")
    parser.add_argument("--points", type=Path, help="keep every point here, and go on from it")
    parser.add_argument("--json", type=Path, help="also write every point here")
    parser.add_argument("--model", type=Path, default=Path("model_repo/marble"))
    args = parser.parse_args()
    risk, plan = RiskTargets(), replace(PLAN, turns=args.turns)
    base = stable_version(args.model)
    log = PointLog(args.points, made_with(load_manifest(base).digest, risk, plan))
    draws = range(args.first, args.first + args.draws)
    for whole, labelled in data_sets(args, base):
        name = whole if args.prevalence is None else f"{whole}, {args.prevalence:.0%} faulty"
        if args.prevalence is None:
            measure = partial(_fixed, name, labelled, risk, plan)
            measure_missing(log, name, "50+20", draws, measure, _say)
        measure = partial(_replay, name, labelled, risk, plan, args.prevalence)
        measure_missing(log, name, "asked and random", draws, measure, _say)
    points = log.points()
    if args.json:
        args.json.write_text(json.dumps([asdict(point) for point in points]))
    print("## Claimed against observed\n", claims_table(points, risk.confidence), sep="\n", end="\n\n")
    print("## Decided by answers\n", curves_table(points), sep="\n", end="\n\n")
    print("## Answers saved\n", answers_saved(points), sep="\n")


def _fixed(
    name: str, labelled: LabelledSlabs, risk: RiskTargets, plan: HeadsPlan, draw: int
) -> Iterator[Point]:
    return fixed(name, labelled, [draw], risk, 50, 20, plan)


def _replay(
    name: str,
    labelled: LabelledSlabs,
    risk: RiskTargets,
    plan: HeadsPlan,
    prevalence: float | None,
    draw: int,
) -> Iterator[Point]:
    return replay(name, labelled, [draw], risk, plan=plan, prevalence=prevalence)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
