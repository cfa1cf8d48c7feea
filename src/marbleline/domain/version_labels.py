"""Labels of model versions: ``labels.json`` beside them says which one is stable, which a candidate."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from marbleline.domain.durable_file import replace_file
from marbleline.domain.model import load_version, newest_version, versions_in
from marbleline.errors import ModelError

LABELS_FILE: Final = "labels.json"
STABLE: Final = "stable"
CANDIDATE: Final = "candidate"


def read_labels(folder: Path) -> dict[str, int]:
    """Label -> version, as in ``{"stable": 1, "candidate": 2}``; empty if there is no such file.

    Raises ModelError if it can't be read, or names a version that isn't there.
    """
    path = folder / LABELS_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    if not isinstance(found, dict) or not all(type(version) is int for version in found.values()):
        raise ModelError(f'{path}: expected one object such as {{"stable": 1}}')
    there = versions_in(folder)
    for label, version in found.items():
        if version not in there:
            raise ModelError(f"{path}: {label} is version {version}; there are {sorted(there)}")
    return found


def write_labels(folder: Path, labels: Mapping[str, int]) -> None:
    """Put these labels in place of the ones before, in one rename. Raises ModelError."""
    path = folder / LABELS_FILE
    try:
        replace_file(path, (json.dumps(dict(labels), indent=2, sort_keys=True) + "\n").encode())
    except OSError as error:
        raise ModelError(f"{path}: can't be written: {error.strerror}") from error


def move_label(folder: Path, label: str, version: int) -> None:
    """Let a label stand for a version that is there. Raises ModelError."""
    load_version(folder, version)
    write_labels(folder, {**read_labels(folder), label: version})


def labelled_version(folder: Path, label: str) -> Path | None:
    """The folder of the version with this label; None if no version has it. Raises ModelError."""
    version = read_labels(folder).get(label)
    return None if version is None else versions_in(folder)[version]


def candidate_number(folder: Path) -> int:
    """The number of the version called candidate. Raises ModelError if none is."""
    version = read_labels(folder).get(CANDIDATE)
    if version is None:
        raise ModelError(f"{folder}: no version is labelled {CANDIDATE}; name one, such as --version 2")
    return version


def stable_version(folder: Path) -> Path:
    """The folder of the version that judges: the one called stable; without labels the newest.

    The folder of one version is returned as it is. Raises ModelError.
    """
    if (folder / "manifest.json").is_file():
        return folder
    return labelled_version(folder, STABLE) or newest_version(folder)
