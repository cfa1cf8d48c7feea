"""What a folder asks to be served, and what is wrong with one that asks for the impossible."""

import json
import shutil
from pathlib import Path

import pytest

from marbleline.errors import ModelError
from marbleline.tfserving.server.repository import read_repository
from tests.models.tiny_model import TINY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def label(folder: Path, labels: object) -> None:
    (folder / "labels.json").write_text(json.dumps(labels))


@pytest.mark.parametrize(
    ("labels", "newest", "served"),
    [
        (None, 1, [3]),
        (None, 2, [2, 3]),
        (None, 9, [1, 2, 3]),
        ({"stable": 1}, 1, [1, 3]),
        ({"stable": 1, "candidate": 2}, 1, [1, 2, 3]),
        ({"stable": 3}, 1, [3]),
        ({}, 1, [3]),
    ],
)
def test_the_newest_and_the_labelled(folder: Path, labels: object, newest: int, served: list[int]) -> None:
    if labels is not None:
        label(folder, labels)
    wanted = read_repository(folder, newest)
    assert list(wanted.versions) == served
    assert wanted.labels == (labels or {})


def test_one_versions_folder(folder: Path) -> None:
    label(folder, {"stable": 1})
    assert read_repository(folder / "2", 1).versions == {2: folder / "2"}


@pytest.mark.parametrize("labels", [{"stable": 7}, {"stable": "3"}, {"stable": True}, ["stable"], 3])
def test_wrong_labels(folder: Path, labels: object) -> None:
    label(folder, labels)
    with pytest.raises(ModelError, match=r"labels\.json"):
        read_repository(folder, 1)


def test_half_written_labels(folder: Path) -> None:
    (folder / "labels.json").write_text('{"stable": ')
    with pytest.raises(ModelError, match=r"labels\.json: can't be read"):
        read_repository(folder, 1)


def test_no_versions(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        read_repository(tmp_path, 1)
