"""The command as a job runs it: the last line is the folder, and too few labels build nothing."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import EXIT_DECLINED, main
from marbleline.domain.frame import sha256_hex
from marbleline.domain.label import new_label
from marbleline.domain.records import FrameRecord
from marbleline.training.finetune.replay_set import REPLAY_FILE, save_replay
from tests.builders import START, make_frame, make_picture, make_verdict
from tests.models.tiny_model import TINY
from tests.unit.training.finetune.replay_sets import make_memory


@pytest.fixture
def line(tmp_path: Path) -> list[str]:
    """A line's data folder with two labels, and a model; the flags that name them."""
    (tmp_path / "data").mkdir()
    store = SqliteStore(tmp_path / "data" / "store.db")
    for sequence, truth in ((1, "good"), (2, "crack")):
        content = make_picture(sequence)
        frame = make_frame(sequence, content=content, slab_id=f"slab {sequence}")
        verdict = make_verdict(frame=frame)
        store.put_frames([FrameRecord(frame, content)])
        store.put_verdicts([verdict])
        store.put_labels([new_label(verdict, truth, "anna", START)])
    store.close()
    shutil.copytree(TINY / "1", tmp_path / "marble" / "1")
    save_replay(tmp_path / "marble" / "1" / REPLAY_FILE, make_memory(["good", "crack"]))
    return ["--data", str(tmp_path / "data"), "--model", str(tmp_path / "marble")]


def test_the_last_line_is_the_folder(
    line: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dataset", "build", "--output", str(tmp_path / "sets"), *line]) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    assert json.loads((folder / "manifest.json").read_text())["balance"] == {"crack": 1, "good": 1}
    assert len(list((folder / "pictures").iterdir())) == 2


def test_too_few_labels_build_nothing(
    line: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["dataset", "build", "--output", str(tmp_path / "sets"), "--at-least", "3", "--json", *line]
    assert main(command) == EXIT_DECLINED
    assert json.loads(capsys.readouterr().out)["folder"] is None
    assert not (tmp_path / "sets").exists()


def test_what_a_version_was_taught_with_is_not_new(
    line: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taught = replace(
        make_memory(["good", "good"], source="labels"),
        sha256=np.array([sha256_hex(make_picture(sequence)) for sequence in (1, 2)]),
    )
    shutil.copytree(tmp_path / "marble" / "1", tmp_path / "marble" / "2")  # a candidate
    save_replay(tmp_path / "marble" / "2" / REPLAY_FILE, taught)
    command = ["dataset", "build", "--output", str(tmp_path / "sets"), "--json", *line]
    assert main([*command, "--at-least", "2"]) == EXIT_DECLINED
    found = json.loads(capsys.readouterr().out)
    # Slab 2 has another name since: it was taught as good and is called a crack now.
    assert (found["labelled"], found["new"], found["folder"]) == (2, 1, None)
    assert main([*command, "--at-least", "1"]) == 0
