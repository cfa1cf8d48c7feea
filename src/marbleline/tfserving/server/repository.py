"""What a model's folder asks to be served: which versions, and which labels stand for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from marbleline.domain.model import versions_in
from marbleline.domain.version_labels import read_labels
from marbleline.errors import ModelError


@dataclass(frozen=True, slots=True)
class RequestedVersions:
    """``versions``: number -> folder. ``labels``: name -> number, all of them among the versions."""

    versions: Mapping[int, Path]
    labels: Mapping[str, int]


def read_repository(folder: Path, newest: int) -> RequestedVersions:
    """What to serve now: the ``newest`` highest versions, and those that ``labels.json`` names.

    ``labels.json`` beside the versions is one object, such as ``{"stable": 1, "candidate": 2}``. The folder
    of a single version has no labels.

    Raises ModelError if the folder has no version, or the labels can't be read or name a version that
    isn't there.
    """
    if (folder / "manifest.json").is_file():
        return RequestedVersions({_number(folder): folder}, {})
    there = versions_in(folder)
    if not there:
        raise ModelError(f"{folder}: holds no model version")
    labels = read_labels(folder)
    numbers = set(sorted(there)[-newest:]) | set(labels.values())
    return RequestedVersions({number: there[number] for number in sorted(numbers)}, labels)


def _number(folder: Path) -> int:
    try:
        return int(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / 'manifest.json'}: can't be read: {error}") from error
