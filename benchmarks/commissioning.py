"""Commissioning replayed: claimed against observed risk, and what is decided after so many answers.

``python -m benchmarks.commissioning DATA --cache FOLDER`` replays all data sets below DATA, and drawn slabs.
Pictures are looked at once; a draw then costs seconds.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from marbleline.domain.product import RiskTargets
from marbleline.domain.version_labels import stable_version
from marbleline.training.commission.data_sets import backbone_of, drawn_slabs, labelled_sets_in
from marbleline.training.commission.heads import LabelledSlabs
from marbleline.training.commission.replay import Point, fixed, replay
from marbleline.training.commission.summary import answers_saved, claims_table, curves_table

STONES = ("carrara", "crema")


def data_sets(data: Path, base: Path, cache: Path | None, drawn: int) -> Iterator[tuple[str, LabelledSlabs]]:
    """The data sets below ``data``, then drawn slabs."""
    backbone = backbone_of(base, cache)
    yield from labelled_sets_in(data, base, backbone, _say)
    for stone in STONES if drawn else ():
        yield f"drawn {stone}", drawn_slabs(stone, drawn, backbone)


def main() -> None:
    """Replay and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--drawn", type=int, default=500, help="drawn slabs of each stone")
    parser.add_argument("--only", action="append", help="data sets whose name begins so")
    parser.add_argument("--json", type=Path, help="also write every point here")
    parser.add_argument("--model", type=Path, default=Path("model_repo/marble"))
    args = parser.parse_args()
    risk = RiskTargets()
    points: list[Point] = []
    for name, labelled in data_sets(args.data, stable_version(args.model), args.cache, args.drawn):
        if args.only and not name.startswith(tuple(args.only)):
            continue
        for found in (
            fixed(name, labelled, args.draws, risk, 50, 20),
            replay(name, labelled, args.draws, risk),
        ):
            for point in found:
                points.append(point)
                _say(f"{name} draw {point.draw} {point.order} {point.answers}: {point.decided:.2f} decided")
        if args.json:
            args.json.write_text(json.dumps([asdict(point) for point in points]))
    print("## Claimed against observed\n", claims_table(points, risk.confidence), sep="\n", end="\n\n")
    print("## Decided by answers\n", curves_table(points), sep="\n", end="\n\n")
    print("## Answers saved\n", answers_saved(points), sep="\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
