"""LiteRT in process keeps the classifier's promises, and refuses a model that is not what it says."""

import json
import os
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from marbleline.adapters.classifiers import litert
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.model import digest_of, newest_version
from marbleline.errors import ModelError
from tests.contract.classifier_suite import VERSION, ClassifierSuite
from tests.models.tiny_model import TINY, slab


class TestLiteRt(ClassifierSuite):
    runtime = "litert"

    @pytest.fixture
    def classifier(self) -> Iterator[LiteRtClassifier]:
        classifier = LiteRtClassifier(TINY / str(VERSION))
        yield classifier
        classifier.close()


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """A copy of version 3 to spoil."""
    return Path(shutil.copytree(TINY / "3", tmp_path / "3"))


def change_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def replace_model(folder: Path, content: bytes) -> None:
    """Put another model file in, with a manifest that vouches for it."""
    import hashlib

    (folder / "model.tflite").write_bytes(content)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    files["model.tflite"] = hashlib.sha256(content).hexdigest()
    change_manifest(folder, files=files, digest=digest_of(files))


def test_is_warm_before_the_first_slab() -> None:
    classifier = LiteRtClassifier(TINY / "3", warm=[(640, 480), (480, 640)])
    assert list(classifier._runners) == [(240, 320), (320, 240)]


def test_memory_stays_bounded_however_many_sizes_come() -> None:
    classifier = LiteRtClassifier(TINY / "3")
    usual: set[int] = set()
    for step in range(46):
        classifier.classify([slab("crack", width=240 + 16 * step)])
        classifier.classify([slab("crack")])  # the usual one is used again and again, so it stays
        kept = [runner.most_pixels for runner in classifier._runners.values()]
        assert sum(kept) <= 4 * 320 * 240
        usual.add(id(classifier._runners[240, 320]))
    assert len(usual) == 1


@pytest.mark.slow
def test_one_interpreter_runs_all_odd_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interpreters that are made and let go of leave memory in pieces, more with every size."""
    made: list[object] = []
    make = litert.Interpreter

    def count(*words: object, **named: object) -> object:
        made.append(None)
        return make(*words, **named)

    monkeypatch.setattr(litert, "Interpreter", count)
    classifier = LiteRtClassifier(TINY / "3")
    widths = random.Random(1).choices(range(240, 961, 16), k=300)
    for width in widths:
        classifier.classify([slab("crack", width=width)])
    assert len(made) < 12


def test_a_resized_interpreter_judges_as_a_new_one_does() -> None:
    classifier = LiteRtClassifier(TINY / "3")
    for width in (960, 240, 912, 480, 944, 320):
        image = slab("crack", width=width)
        [resized], [fresh] = (
            one.classify([image]).predictions for one in (classifier, LiteRtClassifier(TINY / "3", warm=()))
        )
        assert np.array_equal(resized.scores, fresh.scores)
        assert np.array_equal(resized.heatmap, fresh.heatmap)
        assert resized.anomaly == fresh.anomaly


def test_a_flipped_bit_is_found(version: Path) -> None:
    path = version / "model.tflite"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"3/model\.tflite: SHA-256 is .*corrupt"):
        LiteRtClassifier(version)


@pytest.mark.parametrize("content", [b"", b"not a model", None], ids=["empty", "text", "half"])
def test_a_file_that_is_no_model_is_named(version: Path, content: bytes | None) -> None:
    path = version / "model.tflite"
    replace_model(version, path.read_bytes()[:2000] if content is None else content)
    with pytest.raises(ModelError, match=r"3/model\.tflite: LiteRT can't run it"):
        LiteRtClassifier(version)


def test_a_missing_file_is_named(version: Path) -> None:
    (version / "model.tflite").unlink()
    with pytest.raises(ModelError, match=r"3/model\.tflite: can't be read"):
        LiteRtClassifier(version)


def test_a_file_that_the_manifest_does_not_list(version: Path) -> None:
    change_manifest(version, files={}, digest=digest_of({}))
    with pytest.raises(ModelError, match=r"manifest\.json lists no file model\.tflite"):
        LiteRtClassifier(version)


@pytest.mark.parametrize(
    "classes", [["crack", "good", "dot", "joint"], ["good", "crack"], "good", None], ids=str
)
def test_a_wrong_class_list_is_refused(version: Path, classes: object) -> None:
    change_manifest(version, classes=classes)
    with pytest.raises(ModelError, match=r"manifest\.json: classes are .*this line sorts into"):
        LiteRtClassifier(version)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"thresholds": {"good_upto": 0.9, "faulty_from": 0.1, "anomaly_upto": 1}}, "good_upto"),
        ({"thresholds": {}}, "'good_upto' is missing"),
        ({"input": {"short_side": "240", "step": 16, "max_long_side": 960}}, "'short_side' is str"),
        ({"input": {"short_side": 0, "step": 16, "max_long_side": 960}}, "short_side"),
        ({"heatmap_stride": None}, "'heatmap_stride'"),
        ({"heatmap_stride": 0}, "heatmap_stride"),
        ({"digest": "0" * 64}, "digest doesn't match"),
        ({"version": "3"}, "'version' is str"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(version: Path, changes: dict[str, object], named: str) -> None:
    change_manifest(version, **changes)
    with pytest.raises(ModelError, match=rf"manifest\.json: .*{named}"):
        LiteRtClassifier(version)


@pytest.mark.parametrize("content", ["", "{", "[]", "\xff"], ids=["empty", "half", "list", "latin"])
def test_a_manifest_that_is_no_json_object(version: Path, content: str) -> None:
    (version / "manifest.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ModelError, match=r"manifest\.json: "):
        LiteRtClassifier(version)


def test_a_heatmap_of_another_size_than_promised(version: Path) -> None:
    change_manifest(version, heatmap_stride=8)
    with pytest.raises(
        ModelError, match=r"output 'heatmap' has shape \[1, 15, 20, 4\], expected \[1, 30, 40"
    ):
        LiteRtClassifier(version)


def test_outputs_are_matched_by_name(version: Path) -> None:
    # The names lie in the file as text: swapping two of equal length swaps what they stand for.
    content = (version / "model.tflite").read_bytes()
    assert content.count(b"\x07\x00\x00\x00anomaly") == content.count(b"\x07\x00\x00\x00heatmap") == 1
    content = content.replace(b"anomaly", b"_______").replace(b"heatmap", b"anomaly")
    replace_model(version, content.replace(b"_______", b"heatmap"))
    with pytest.raises(ModelError, match=r"output 'heatmap' is float32"):
        LiteRtClassifier(version)


def test_a_missing_output_is_named(version: Path) -> None:
    replace_model(version, (version / "model.tflite").read_bytes().replace(b"scores", b"scorez"))
    with pytest.raises(ModelError, match=r"has outputs \['anomaly', 'heatmap', 'scorez'\], expected"):
        LiteRtClassifier(version)


def test_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    LiteRtClassifier(TINY / "3").classify([slab(width=272)])
    assert capfd.readouterr() == ("", "")


def test_newest_version() -> None:
    assert newest_version(TINY) == TINY / "3"
    assert newest_version(TINY / "1") == TINY / "1"


def test_newest_counts_as_numbers_and_passes_over_what_is_no_version(tmp_path: Path) -> None:
    for name in ("2", "10", "candidate", "-3", "²"):
        shutil.copytree(TINY / "1", tmp_path / name)
    (tmp_path / "11").mkdir()  # still being copied: its manifest comes last
    assert newest_version(tmp_path) == tmp_path / "10"


@pytest.mark.parametrize("make", [True, False], ids=["empty", "absent"])
def test_no_version_is_said_with_the_folders_name(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "models"
    if make:
        folder.mkdir()
    with pytest.raises(ModelError, match=str(folder)):
        newest_version(folder)


def test_threads_are_taken() -> None:
    (prediction,) = LiteRtClassifier(TINY / "3", threads=2).classify([slab("dot")]).predictions
    assert np.argmax(prediction.scores) == 2


def test_standard_error_is_put_back_by_two_that_open_at_once() -> None:
    before, entered = os.fstat(2).st_ino, threading.Event()

    def second() -> None:
        with litert.stderr_of_native_code("second"):
            entered.set()
            left.wait(20)

    left, thread = threading.Event(), threading.Thread(target=second)
    with litert.stderr_of_native_code("first"):
        thread.start()
        entered.wait(0.2)  # it must not come in meanwhile
    left.set()
    thread.join()
    assert os.fstat(2).st_ino == before
