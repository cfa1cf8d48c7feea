"""A classifier that goes with a label."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from marbleline.adapters.classifiers.label_following import POLL_S, FollowingClassifier
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.version_labels import CANDIDATE, labelled_version, stable_version
from marbleline.errors import ClassifierUnavailable
from tests.models.tiny_model import TINY, slab


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


@pytest.fixture
def time() -> Iterator[Time]:
    yield Time()


def label(folder: Path, **labels: int) -> None:
    (folder / "labels.json").write_text(json.dumps(labels))


def test_the_next_look_finds_the_label_moved(folder: Path, time: Time) -> None:
    following = FollowingClassifier(partial(stable_version, folder), LiteRtClassifier, monotonic=time)
    assert following.manifest.version == 3  # without labels the newest
    label(folder, stable=1)
    assert following.classify([slab()]).manifest.version == 3
    time.now = POLL_S
    assert following.classify([slab()]).manifest.version == 1
    label(folder, stable=2)
    time.now = 2 * POLL_S
    assert following.classify([slab()]).manifest.version == 2


@pytest.mark.parametrize("trouble", ["labels", "model"])
def test_what_can_not_be_opened_leaves_the_one_in_use(folder: Path, time: Time, trouble: str) -> None:
    label(folder, stable=1)
    following = FollowingClassifier(partial(stable_version, folder), LiteRtClassifier, monotonic=time)
    label(folder, stable=2 if trouble == "model" else 9)
    (folder / "2" / "model.tflite").write_bytes(b"half a file")
    time.now = POLL_S
    assert following.classify([slab()]).manifest.version == 1


def test_a_label_that_stands_for_nothing_can_not_be_asked_until_it_does(folder: Path, time: Time) -> None:
    find = partial(labelled_version, folder, CANDIDATE)
    following = FollowingClassifier(find, LiteRtClassifier, monotonic=time)
    with pytest.raises(ClassifierUnavailable, match="no version"):
        following.classify([slab()])
    label(folder, candidate=2)
    time.now = POLL_S
    assert following.classify([slab()]).manifest.version == 2
    following.close()
