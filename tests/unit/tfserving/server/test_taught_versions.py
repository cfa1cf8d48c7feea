"""A version that was taught says more than one that was trained whole: the strangest patch travels too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.tfserving.tensors import read_floats
from tests.models.taught_version import taught_version
from tests.models.tiny_model import slab
from tests.unit.tfserving.server.standing_in import Client, a_request, standing_in


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "carrara"
    taught_version(folder / "1", "carrara")
    return folder


@pytest.fixture(scope="module")
def client(product: Path) -> Iterator[Client]:
    with standing_in(product) as client:
        yield client


def test_the_line_gets_the_same_patch_from_the_server_as_from_the_embedded_model(
    client: Client, product: Path
) -> None:
    images = [slab("crack"), slab("good", width=400)]
    expected = LiteRtClassifier(product / "1").classify(images).predictions
    classifier = TfServingClassifier(client.address, product, timeout_s=30)
    for _ in range(2):
        for one, other in zip(classifier.classify(images).predictions, expected, strict=True):
            assert one.strangest == other.strangest is not None
    classifier.close()


def test_who_asks_for_the_usual_outputs_gets_those_alone(client: Client) -> None:
    request = a_request("carrara")
    assert set(client.predict(request).outputs) == {"scores", "anomaly", "heatmap", "strangest"}
    request.output_filter.extend(["scores", "anomaly", "heatmap"])  # as an older publisher does
    assert set(client.predict(request).outputs) == {"scores", "anomaly", "heatmap"}
    request.ClearField("output_filter")
    request.inputs["image"].tensor_shape.dim[0].size = 0
    request.inputs["image"].tensor_content = b""
    assert read_floats(client.predict(request).outputs["strangest"]).shape == (0, 6)
