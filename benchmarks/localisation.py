"""Where a taught product sees the defect: is its strongest cell on the mask, or one of its five strongest?

``python -m benchmarks.localisation DATA --cache FOLDER``. Sets with masks are taught as in
``benchmarks.commissioning``, draw by draw, with 50 good and 20 faulty answers and with all of one half;
whole pictures of the other half that have a mask are looked at. No mask teaches. The set ``cracks`` has no
good pictures: it is looked at by what patches of other slabs taught.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marbleline.domain.model import Floats
from marbleline.domain.product_heads import ProductHeads, cell_maps, cell_scores, head_input_of
from marbleline.domain.version_labels import stable_version
from marbleline.training.commission.backbone import Backbone, CachedOutput
from marbleline.training.commission.heads import cross_fit_heads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.replay import PLAN, fixed_answers, halves
from marbleline.training.commission.replay_data import backbone_of, labelled_sets_in
from marbleline.training.commission.summary import markdown
from marbleline.training.evaluate.scoring import cells_on_mask

STRONGEST = 5
LOOKED_AT = {
    "magnetic_tile": "magnetic_tile",
    "patches, backbone alone": "cracks",
    "patches, never trained on": "cracks",
}
"""Which set teaches, and the folder of whole pictures with masks that are looked at."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole picture: its slab, its defect, what was seen, and its cells [rows, columns] on the mask."""

    group: str
    label: str
    seen: CachedOutput
    on_mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hit:
    """Whether the strongest cell, or one of the five strongest, is on the mask; ``chance`` for any cell."""

    label: str
    strongest: bool
    one_of_five: bool
    chance: float


def wholes_in(folder: Path, backbone: Backbone) -> Iterator[Whole]:
    """The pictures of a folder that have a mask."""
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["mask"]]
    for row, (seen,) in zip(rows, backbone.files(folder / row["path"] for row in rows), strict=True):
        with Image.open(folder / row["mask"]) as image:
            mask = np.asarray(image.convert("L")) > 0
        if mask.any():
            on_mask = cells_on_mask(seen.features.shape[:2], mask)
            yield Whole(row["group"], row["label"], seen, on_mask)


def hit_of(heads: ProductHeads, whole: Whole) -> Hit:
    """Where the heads see the defect."""
    head_input = head_input_of(whole.seen.output, heads.project)
    cells: Floats = cell_scores(heads, cell_maps(heads, head_input))
    on_mask = whole.on_mask.ravel()[np.argsort(-cells, kind="stable")]
    return Hit(whole.label, bool(on_mask[0]), bool(on_mask[:STRONGEST].any()), float(on_mask.mean()))


def hits(labelled: LabelledSlabs, wholes: list[Whole], draw: int, good: int, faulty: int) -> list[Hit]:
    """Of one draw: taught with so many answers of a half, 0 and 0 for all, and looked at in other slabs."""
    rng = np.random.default_rng([draw, 16 if good else 15])
    pool, _ = halves(labelled.groups, rng)
    half = labelled.where(pool)
    chosen = half.where(fixed_answers(half.faulty, good, faulty, rng)) if good else half
    if len(np.unique(chosen.faulty)) < 2:
        return []
    known = set(half.groups)
    fitted = cross_fit_heads(chosen, PLAN)
    return [hit_of(fitted.heads, whole) for whole in wholes if whole.group not in known]


def main() -> None:
    """Look, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--only", action="append", help="sets that teach whose name begins so")
    parser.add_argument("--model", type=Path, default=Path("model_repo/marble"))
    args = parser.parse_args()
    base = stable_version(args.model)
    backbone = backbone_of(base, args.cache)
    rows = [
        ("taught with", "answers", "looked at", "pictures a draw", "strongest", "one of five", "any cell")
    ]
    for name, labelled in labelled_sets_in(args.data, base, backbone, _say, args.only or tuple(LOOKED_AT)):
        if name not in LOOKED_AT:
            continue
        folder = LOOKED_AT[name]
        wholes = list(wholes_in(args.data / folder, backbone))
        for good, faulty in ((50, 20), (0, 0)):
            draws = []
            for draw in range(args.draws):
                draws.append(hits(labelled, wholes, draw, good, faulty))
                _say(f"{name}, {good}+{faulty}: draw {draw + 1} of {args.draws}, {len(draws[-1])} pictures")
            answers = f"{good}+{faulty}" if good else "all of the half"
            labels = ("", *sorted({whole.label for whole in wholes}))
            rows += [(name, answers, f"{folder} {label}", *_shares(draws, label)) for label in labels]
        _say(markdown(rows))
    print(markdown(rows))


def _shares(draws: list[list[Hit]], label: str) -> tuple[str, str, str, str]:
    """Number of pictures, and mean (worst) over the draws of each share."""
    chosen = [[hit for hit in draw if label in ("", hit.label)] for draw in draws]
    chosen = [draw for draw in chosen if draw]
    shares = np.array(
        [
            [np.mean([getattr(hit, name) for hit in draw]) for name in ("strongest", "one_of_five", "chance")]
            for draw in chosen
        ]
    )
    mean, worst = shares.mean(axis=0), shares.min(axis=0)
    return (
        f"{np.mean([len(draw) for draw in chosen]):.0f}",
        f"{mean[0]:.3f} ({worst[0]:.3f})",
        f"{mean[1]:.3f} ({worst[1]:.3f})",
        f"{mean[2]:.3f}",
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
