"""Which version is stable: moved whole, on record, and back."""

import os
import shutil
from pathlib import Path

import pytest

from marbleline.domain.version_labels import CANDIDATE, move_label, read_labels, stable_version
from marbleline.errors import DataFolderBusy, ModelError
from marbleline.folder_lock import lock_folder
from marbleline.training.monitor.promotion import history, promote, rollback
from tests.builders import START
from tests.models.tiny_model import TINY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Versions 1 to 3 that have passed their gates; version 1 is stable."""
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    for version in (1, 2, 3):
        (folder / str(version) / "gate.json").write_text('{"passed": true, "reasons": []}')
    (folder / "labels.json").write_text('{"stable": 1, "candidate": 2}')
    return folder


def test_the_candidate_becomes_stable_and_is_rolled_back(folder: Path) -> None:
    promote(folder, None, "ayşe", START)
    assert read_labels(folder) == {"stable": 2}
    promote(folder, 3, "marco", START + 1)
    assert stable_version(folder).name == "3"
    assert [rollback(folder, "marco", START + 2 + step).after for step in (0, 1)] == [2, 1]
    with pytest.raises(ModelError, match="nothing to roll back"):
        rollback(folder, "marco", START + 4)
    promote(folder, 3, "ayşe", START + 5)
    assert rollback(folder, "ayşe", START + 6).after == 1
    deeds = [(move.by, move.action, move.before, move.after) for move in history(folder)]
    assert deeds[:3] == [("ayşe", "promote", 1, 2), ("marco", "promote", 2, 3), ("marco", "rollback", 3, 2)]
    assert len(deeds) == 6


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda two: (two / "gate.json").unlink(), "run the gate first"),
        (
            lambda two: (two / "gate.json").write_text('{"passed": false, "reasons": ["recall fell"]}'),
            "recall fell",
        ),
        (lambda two: (two / "gate.json").write_text("{}"), "can't be read"),
        (lambda two: (two / "model.tflite").write_bytes(b"half"), "corrupt"),
    ],
    ids=["no report", "failed", "no verdict", "half a file"],
)
def test_what_is_not_fit_is_refused_and_nothing_moves(folder: Path, spoil: object, message: str) -> None:
    assert callable(spoil)
    spoil(folder / "2")
    with pytest.raises(ModelError, match=message):
        promote(folder, 2, "ayşe", START)
    assert read_labels(folder)["stable"] == 1
    assert history(folder) == []


def test_force_overrules_the_gate_and_not_the_files(folder: Path) -> None:
    (folder / "2" / "gate.json").unlink()
    assert promote(folder, 2, "ayşe", START, force=True).after == 2
    (folder / "3" / "model.tflite").write_bytes(b"half")
    with pytest.raises(ModelError, match="corrupt"):
        promote(folder, 3, "ayşe", START, force=True)


def test_without_labels_the_newest_counts_as_stable(folder: Path) -> None:
    (folder / "labels.json").unlink()
    with pytest.raises(ModelError, match="candidate"):
        promote(folder, None, "ayşe", START)
    with pytest.raises(ModelError, match="3 is stable already"):
        promote(folder, 3, "ayşe", START)
    assert promote(folder, 1, "ayşe", START).before == 3
    move_label(folder, CANDIDATE, 2)
    assert read_labels(folder) == {"stable": 1, "candidate": 2}


def test_one_promotion_at_a_time(folder: Path) -> None:
    held = lock_folder(folder, "a test", "wait")
    with pytest.raises(DataFolderBusy):
        promote(folder, None, "ayşe", START)
    os.close(held)
    promote(folder, None, "ayşe", START)
