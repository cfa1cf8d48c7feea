"""The version that ships: whole, within its size, and the same on both runtimes."""

from pathlib import Path

import numpy as np
import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, load_manifest, newest_version
from marbleline.domain.picture import fit
from marbleline.synthetic import draw

tf = pytest.importorskip("tensorflow", reason="needs TensorFlow: make test-model")

FOLDER = newest_version(Path(__file__).parents[2] / "model_repo" / "marble")


def test_scores_of_saved_model_and_litert_agree_on_100_pictures() -> None:
    from marbleline.training.evaluate.runtimes import parity

    images = [fit(draw(seed, label=CLASSES[seed % 4]).rgb, InputSpec()) for seed in range(100)]
    found = parity(FOLDER, images)
    assert found.count == 100
    assert found.scores < 1e-3
    assert found.anomaly < 1e-3
    assert found.heatmap < 1e-2


def test_the_signature_is_the_published_one() -> None:
    signature = tf.saved_model.load(str(FOLDER)).signatures["serving_default"]
    [image] = [spec for name, spec in signature.structured_input_signature[1].items() if name == "image"]
    assert image.dtype == tf.uint8
    assert image.shape.as_list() == [None, None, None, 3]
    outputs = {name: spec.shape.rank for name, spec in signature.structured_outputs.items()}
    assert outputs == {"scores": 2, "anomaly": 1, "heatmap": 4}


def test_the_version_keeps_to_its_size() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 25_000_000
    assert sizes["model.tflite"] <= 10_000_000
    assert (FOLDER / "CARD.md").is_file()


def test_drawn_slabs_of_every_class_are_distinguished() -> None:
    classifier = LiteRtClassifier(FOLDER)
    hits = dict.fromkeys(CLASSES, 0)
    for seed in range(80):
        label = CLASSES[seed % 4]
        image = fit(draw(55_000_000 + seed, label=label).rgb, classifier.manifest.input)
        hits[label] += int(np.argmax(classifier.classify([image]).predictions[0].scores)) == CLASSES.index(
            label
        )
    assert sum(hits.values()) / 80 >= 0.9, hits


def test_the_manifest_holds_its_figures() -> None:
    import json

    load_manifest(FOLDER)
    fields = json.loads((FOLDER / "manifest.json").read_text())
    assert fields["training"]["sets"]
    assert fields["metrics"]
