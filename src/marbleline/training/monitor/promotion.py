"""Promotion: which version is stable. The label moves in one rename, and every move is on record."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from marbleline.domain.clock import to_iso
from marbleline.domain.durable_file import append_line
from marbleline.domain.model import ManifestCheck, load_version, newest_version, read_file
from marbleline.domain.version_labels import CANDIDATE, STABLE, read_labels, write_labels
from marbleline.errors import ModelError
from marbleline.folder_lock import lock_folder

GATE_FILE: Final = "gate.json"
HISTORY_FILE: Final = "history.jsonl"


@dataclass(frozen=True, slots=True)
class Move:
    """``before`` and ``after``: the versions called stable; ``at`` ISO 8601 UTC."""

    at: str
    by: str
    action: str
    before: int
    after: int


def promote(
    folder: Path,
    version: int | None,
    by: str,
    now: int,
    *,
    force: bool = False,
    check: ManifestCheck | None = None,
) -> Move:
    """Call a version stable: the given one, or the candidate.

    Its files are read and their hashes compared first, and its gate's report must say that it passed
    (``force`` does without the report, never without the files). ``check`` as for ``load_manifest``.
    Raises ModelError saying why not, DataFolderBusy while another promotion is under way.
    """
    with _Turn(folder):
        labels = read_labels(folder)
        wanted = labels.get(CANDIDATE) if version is None else version
        if wanted is None:
            raise ModelError(f"{folder}: no version is labelled {CANDIDATE}; name one, such as --version 2")
        where, manifest = load_version(folder, wanted, check)
        for name in manifest.files:
            read_file(where, manifest, name)
        if not force:
            _passed(where)
        before = _stable(folder, labels)
        if before == wanted:
            raise ModelError(f"{folder}: version {wanted} is {STABLE} already")
        others = {label: number for label, number in labels.items() if (label, number) != (CANDIDATE, wanted)}
        return _move(folder, {**others, STABLE: wanted}, Move(to_iso(now), by, "promote", before, wanted))


def rollback(folder: Path, by: str, now: int, *, check: ManifestCheck | None = None) -> Move:
    """Call that version stable again which was so before the last promotion that still stands.

    Raises ModelError if there is none, DataFolderBusy while another promotion is under way.
    """
    with _Turn(folder):
        labels = read_labels(folder)
        stable = _stable(folder, labels)
        standing: list[Move] = []
        for move in history(folder):
            if move.action == "promote":
                standing.append(move)
            elif standing:
                standing.pop()
        if not standing or standing[-1].after != stable:
            raise ModelError(f"{folder}: nothing to roll back: {HISTORY_FILE} has no promotion to {stable}")
        wanted = standing[-1].before
        load_version(folder, wanted, check)
        move = Move(to_iso(now), by, "rollback", stable, wanted)
        return _move(folder, {**labels, STABLE: wanted}, move)


def history(folder: Path) -> list[Move]:
    """Every move, oldest first. Raises ModelError if the record can't be read."""
    path = folder / HISTORY_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Move(**json.loads(line)) for line in lines]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error


class _Turn:
    """One promotion at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        try:
            self._lock = lock_folder(self._folder, f"model {self._folder}", "wait for it")
        except OSError as error:
            raise ModelError(f"{self._folder}: can't be written: {error.strerror}") from error

    def __exit__(self, *error: object) -> None:
        os.close(self._lock)


def _passed(where: Path) -> None:
    path = where / GATE_FILE
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        passed, reasons = report["passed"] is True, "; ".join(map(str, report.get("reasons", ())))
    except FileNotFoundError as error:
        raise ModelError(f"{path}: is not there; run the gate first, or promote with --force") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    if not passed:
        raise ModelError(f"{where}: did not pass its gate: {reasons or 'see gate.md'}; --force overrules it")


def _stable(folder: Path, labels: dict[str, int]) -> int:
    if STABLE in labels:
        return labels[STABLE]
    return int(newest_version(folder).name)


def _move(folder: Path, labels: dict[str, int], move: Move) -> Move:
    # The record first: a label that moved without a record could not be rolled back.
    try:
        append_line(folder / HISTORY_FILE, json.dumps(asdict(move)).encode())
    except OSError as error:
        raise ModelError(f"{folder / HISTORY_FILE}: can't be written: {error.strerror}") from error
    write_labels(folder, labels)
    return move
