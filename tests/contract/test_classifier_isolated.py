"""A suspect is judged as any other picture is, and one that crashes the child costs nobody else anything."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from marbleline.adapters.classifiers.isolated import IsolatedClassifier
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.errors import ClassifierUnavailable, PictureError, SandboxUnavailable
from tests.models.taught_version import taught_version
from tests.models.tiny_model import TINY, slab

pytestmark = pytest.mark.slow

_CRASHING = """
import os, signal, sys
from marbleline.adapters.classifiers import isolated_child
from marbleline.adapters.classifiers import litert
judge = litert.LiteRtClassifier._judge
def crash(self, image):
    if {condition}:
        os.kill(os.getpid(), signal.SIGSEGV)
    return judge(self, image)
litert.LiteRtClassifier._judge = crash
isolated_child.main()
"""


@pytest.fixture
def opened() -> Iterator[Callable[..., IsolatedClassifier]]:
    found: list[IsolatedClassifier] = []

    def open_(*words: object, **named: object) -> IsolatedClassifier:
        found.append(IsolatedClassifier(*words, **named))  # type: ignore[arg-type]
        return found[-1]

    yield open_
    for one in found:
        one.close()


def test_it_judges_as_the_embedded_model_does(opened: Callable[..., IsolatedClassifier]) -> None:
    images = [slab("crack"), slab("good", width=400)]
    expected = LiteRtClassifier(TINY / "3").classify(images)
    isolated = opened(lambda product: TINY / "3")
    answer = isolated.classify(images, "tiny")
    assert (answer.manifest, answer.runtime) == (expected.manifest, "litert")
    for one, other in zip(answer.predictions, expected.predictions, strict=True):
        assert np.array_equal(one.scores, other.scores)
        assert np.array_equal(one.heatmap, other.heatmap)
        assert one.anomaly == other.anomaly


def test_the_strangest_patch_comes_with_the_answer(
    opened: Callable[..., IsolatedClassifier], tmp_path: Path
) -> None:
    taught_version(tmp_path / "1")
    [expected] = LiteRtClassifier(tmp_path / "1").classify([slab("crack")]).predictions
    [found] = opened(lambda product: tmp_path / "1").classify([slab("crack")], "marble").predictions
    assert found.strangest == expected.strangest is not None
    assert np.array_equal(found.heatmap, expected.heatmap)


def test_a_picture_that_crashes_it_is_blamed_and_the_next_one_is_judged(
    opened: Callable[..., IsolatedClassifier],
) -> None:
    isolated = opened(lambda product: TINY / "3", ("-c", _CRASHING.format(condition="image.max() == 7")))
    with pytest.raises(PictureError) as caught:
        isolated.classify([np.full((240, 320, 3), 7, np.uint8)], "tiny")
    assert caught.value.reason == "crashed_worker"
    assert "SIGSEGV" in caught.value.detail
    assert len(isolated.classify([slab("crack")], "tiny").predictions) == 1


def test_a_model_that_crashes_on_everything_gets_no_picture_blamed(
    opened: Callable[..., IsolatedClassifier],
) -> None:
    isolated = opened(lambda product: TINY / "3", ("-c", _CRASHING.format(condition="True")))
    with pytest.raises(SandboxUnavailable):
        isolated.classify([slab("crack")], "tiny")


def test_without_a_version_it_is_away(opened: Callable[..., IsolatedClassifier]) -> None:
    with pytest.raises(ClassifierUnavailable):
        opened(lambda product: None).classify([slab("crack")], "tiny")


def test_it_goes_with_the_label_and_leaves_no_process(opened: Callable[..., IsolatedClassifier]) -> None:
    before = len(psutil.Process().children())
    folders: list[Path] = [TINY / "3"]
    isolated = opened(lambda product: folders[0])
    isolated.classify([slab("crack")], "tiny")
    folders[0] = next(one for one in sorted(TINY.iterdir()) if one.is_dir() and one.name != "3")
    assert isolated.classify([slab("crack")], "tiny").manifest.version == int(folders[0].name)
    assert len(psutil.Process().children()) == before + 1
    isolated.close()
    assert len(psutil.Process().children()) == before
