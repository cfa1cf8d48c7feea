"""The classifier on TensorFlow's own runtime, and on TensorFlow Serving wherever it is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline import tfserving
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.domain.model import load_manifest, newest_version
from marbleline.domain.picture import fit
from marbleline.errors import ClassifierUnavailable
from marbleline.synthetic import draw
from tests.builders import wait_until
from tests.contract.classifier_suite import VERSION, ClassifierSuite
from tests.models.tiny_model import TINY, slab
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.model_servers import definitions, model_server, tensorflow_server

MARBLE = Path(__file__).resolve().parents[2] / "model_repo" / "marble"


@pytest.fixture(scope="module")
def tensorflow() -> Iterator[str]:
    """TensorFlow with the tiny model's version 3."""
    try:
        with tensorflow_server(TINY, VERSION) as address:
            yield address
    except ServerMissing as error:
        skip_or_fail(error)


@pytest.fixture(scope="module")
def tensorflow_serving() -> Iterator[str]:
    """TensorFlow Serving with the tiny model; where there is none, that is no fault of the machine."""
    try:
        with model_server(TINY) as address:
            yield address
    except ServerMissing as error:
        pytest.skip(str(error))


class TestTensorFlow(ClassifierSuite):
    runtime = "tensorflow-serving"

    @pytest.fixture
    def classifier(self, tensorflow: str) -> Iterator[TfServingClassifier]:
        classifier = TfServingClassifier(tensorflow, TINY, timeout_s=60)
        yield classifier
        classifier.close()


class TestTensorFlowServing(ClassifierSuite):
    runtime = "tensorflow-serving"

    @pytest.fixture
    def classifier(self, tensorflow_serving: str) -> Iterator[TfServingClassifier]:
        classifier = TfServingClassifier(tensorflow_serving, TINY, timeout_s=60)
        wait_until(lambda: _ready(classifier), limit_s=60, what="the model to be loaded")
        yield classifier
        classifier.close()


def _ready(classifier: TfServingClassifier) -> bool:
    try:
        classifier.check()
    except ClassifierUnavailable:
        return False
    return True


def test_another_version_is_not_found(tensorflow: str) -> None:
    classifier = TfServingClassifier(f"{tensorflow}/tiny@1", TINY, timeout_s=60)
    with pytest.raises(ClassifierUnavailable, match="NOT_FOUND"):
        classifier.classify([slab()])


def test_our_definitions_are_the_packages(tensorflow: str) -> None:
    assert definitions() == Path(tfserving.__path__[0], "api.binpb").read_bytes()


def test_the_shipped_model_scores_alike_on_both_runtimes() -> None:
    """Guarantee 8, on the model that ships: SavedModel and LiteRT file differ by less than a thousandth."""
    version = load_manifest(newest_version(MARBLE))
    images = [fit(draw(seed).rgb, version.input) for seed in range(24)]
    litert = LiteRtClassifier(newest_version(MARBLE)).classify(images).predictions
    try:
        with tensorflow_server(MARBLE, version.version) as address:
            served = TfServingClassifier(address, MARBLE, timeout_s=120).classify(images).predictions
    except ServerMissing as error:
        skip_or_fail(error)
    for one, other in zip(litert, served, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-3)
        assert one.anomaly == pytest.approx(other.anomaly, abs=1e-3)
        assert one.heatmap == pytest.approx(other.heatmap, abs=2e-3)
