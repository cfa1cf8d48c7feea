"""A versioned data set: pictures, ``index.csv`` for training, and ``manifest.json`` with every hash."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from marbleline.domain.picture import read
from marbleline.training.data.folds import folds_of
from marbleline.training.data.gather import Gathered, LabelledFrame

MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True)
class Built:
    """Where a data set lies and how many pictures of each truth it has."""

    folder: Path
    data_id: str
    balance: dict[str, int]


def build(gathered: Gathered, output: Path) -> Built:
    """Write a data set below ``output``; its folder's name is the hash of all that is in it.

    The same inputs give the same folder, and one that is there is left as it is. Raises OSError.
    """
    labelled = sorted(gathered.labelled, key=lambda one: one.sha256)
    content = _content(gathered, labelled)
    data_id = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    balance = dict(sorted(Counter(one.truth for one in labelled).items()))
    folder = output / data_id
    built = Built(folder, data_id, balance)
    if (folder / MANIFEST_FILE).is_file():
        return built
    partial = output / f".{data_id}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "pictures").mkdir(parents=True)
    for one in labelled:
        (partial / _path(one)).write_bytes(one.image)
    _write_index(partial, labelled)
    document = {"data_id": data_id, "balance": balance, **content}
    (partial / MANIFEST_FILE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    partial.replace(folder)
    return built


def _content(gathered: Gathered, labelled: list[LabelledFrame]) -> dict[str, object]:
    folds = folds_of([one.group for one in labelled]).tolist() if labelled else []
    pictures = [
        {
            "path": _path(one),
            "sha256": one.sha256,
            "source": "label",
            "truth": one.truth,
            "frame_id": one.frame_id,
            "slab": one.group,
            "fold": fold,
        }
        for one, fold in zip(labelled, folds, strict=True)
    ]
    to_label = [
        {
            "frame_id": one.frame.frame_id,
            "sha256": one.frame.sha256,
            "source": "low-confidence",
            "camera": one.frame.camera,
            "slab": one.frame.slab_id,
            "faulty_probability": one.faulty_probability,
            "anomaly": one.anomaly,
        }
        for one in gathered.to_label
    ]
    return {
        "pictures": pictures,
        "to_label": to_label,
        "base": {"source": "base", **gathered.base},
        "disputed": list(gathered.disputed),
        "without_picture": list(gathered.without_picture),
    }


def _path(one: LabelledFrame) -> str:
    kind = read(one.image).media_type.rpartition("/")[2]
    return f"pictures/{one.sha256}.{kind}"


def _write_index(folder: Path, labelled: list[LabelledFrame]) -> None:
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "split", "group", "mask", "sha256"))
        rows.writerows((_path(one), one.truth, "train", one.group, "", one.sha256) for one in labelled)
