"""Folders of labelled pictures: a folder with an `index.csv` (path, label, split, group, mask, sha256)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marbleline.domain.picture import read
from marbleline.errors import SettingError

MEANINGS = {
    "good": "good",
    "crack": "crack",
    "dot": "dot",
    "joint": "joint",
    "A": "good",
    "B": "unsure",
    "C": "faulty",
}
"""What a label in an index means: a class, `faulty` (which defect isn't known) or `unsure` (left out)."""


@dataclass(frozen=True)
class Sample:
    """One labelled picture. Pictures of one `group` (a slab) are always in the same `split`."""

    path: Path
    label: str
    meaning: str
    split: str
    group: str
    mask: Path | None
    sha256: str = ""


def read_index(folder: Path) -> list[Sample]:
    """All samples of a data folder, in the index's order. Raises SettingError, naming file and line."""
    index = folder / "index.csv"
    if not index.is_file():
        raise SettingError(
            f"{folder} has no index.csv: a data folder needs one (path,label,split,group,mask,sha256)"
        )
    samples = []
    with index.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = {"path", "label", "split", "group"} - set(rows.fieldnames or ())
        if missing:
            raise SettingError(f"{index} lacks the column {', '.join(sorted(missing))}")
        for number, row in enumerate(rows, start=2):
            if row["label"] not in MEANINGS:
                raise SettingError(
                    f"{index}:{number}: label {row['label']!r}; known are {', '.join(MEANINGS)}"
                )
            samples.append(
                Sample(
                    path=folder / row["path"],
                    label=row["label"],
                    meaning=MEANINGS[row["label"]],
                    split=row["split"],
                    group=row["group"],
                    mask=folder / row["mask"] if row.get("mask") else None,
                    sha256=row.get("sha256") or "",
                )
            )
    check_groups(samples, str(index))
    return samples


def check_groups(samples: list[Sample], where: str) -> None:
    """Raise SettingError if a group lies in two splits: a near-duplicate would leak from train to test."""
    split_of: dict[str, str] = {}
    for sample in samples:
        if split_of.setdefault(sample.group, sample.split) != sample.split:
            raise SettingError(
                f"{where}: group {sample.group} lies in {split_of[sample.group]} and {sample.split}"
            )


def find_sets(root: Path) -> dict[str, Path]:
    """Name -> folder of every data set below `root`, sorted by name. Raises SettingError if there is none."""
    found = {index.parent.name: index.parent for index in sorted(root.glob("*/index.csv"))}
    if not found:
        raise SettingError(f"{root} has no folder with an index.csv")
    return found


def load_picture(sample: Sample) -> NDArray[np.uint8]:
    """The picture, uint8 [h, w, 3], decoded as the line does it. Raises PictureError."""
    return read(sample.path.read_bytes()).rgb


def load_mask(sample: Sample) -> NDArray[np.bool_] | None:
    """The defect's pixels, bool [h, w], or None if the sample has no mask."""
    if sample.mask is None:
        return None
    with Image.open(sample.mask) as image:
        return np.asarray(image.convert("L")) > 0
