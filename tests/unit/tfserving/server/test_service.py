"""The stand-in's three calls as a client of TensorFlow Serving meets them: answers and error codes."""

from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import pytest

from marbleline.tfserving import messages
from marbleline.tfserving.messages import DATA_TYPES
from marbleline.tfserving.tensors import fill_floats, fill_pixels, read_floats
from tests.models.tiny_model import TINY
from tests.unit.tfserving.server.standing_in import Client, a_request, refused, standing_in

_Code = grpc.StatusCode
_INVALID = _Code.INVALID_ARGUMENT


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A server that a test does not change."""
    with standing_in(TINY) as client:
        yield client


# --- answers ------------------------------------------------------------------------------------------------


def test_predict_answers_all_outputs_or_those_asked_for(client: Client) -> None:
    response = client.predict(a_request())
    assert set(response.outputs) == {"scores", "anomaly", "heatmap"}
    assert (response.model_spec.name, response.model_spec.version.value) == ("tiny", 3)
    assert response.model_spec.signature_name == "serving_default"
    request = a_request()
    request.output_filter.append("scores")
    assert set(client.predict(request).outputs) == {"scores"}


def test_a_batch_of_none(client: Client) -> None:
    request = a_request()
    request.inputs["image"].tensor_shape.dim[0].size = 0
    request.inputs["image"].tensor_content = b""
    assert read_floats(client.predict(request).outputs["scores"]).shape == (0, 4)


def test_metadata_tells_the_signature(client: Client) -> None:
    request = messages.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "tiny"
    response = client.metadata(request)
    found = messages.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(found)
    signature = found.signature_def["serving_default"]
    assert signature.method_name == "tensorflow/serving/predict"
    assert signature.inputs["image"].dtype == DATA_TYPES["DT_UINT8"]
    assert [dim.size for dim in signature.outputs["heatmap"].tensor_shape.dim] == [-1, -1, -1, 4]
    assert response.model_spec.version.value == 3


# --- refusals, with the codes of TensorFlow Serving ---------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda r: r.ClearField("model_spec"), _INVALID, "Missing ModelSpec"),
        (lambda r: setattr(r.model_spec, "name", "nope"), _Code.NOT_FOUND, "request: Latest(nope)"),
        (lambda r: setattr(r.model_spec.version, "value", 7), _Code.NOT_FOUND, "Specific(tiny, 7)"),
        (lambda r: setattr(r.model_spec.version, "value", 1), _Code.NOT_FOUND, "Specific(tiny, 1)"),
        (lambda r: setattr(r.model_spec, "version_label", "old"), _INVALID, "version label: old"),
        (lambda r: setattr(r.model_spec, "signature_name", "x"), _Code.FAILED_PRECONDITION, 'key "x"'),
        (lambda r: r.inputs.pop("image"), _INVALID, "Missing but required: {image}"),
        (lambda r: r.inputs["mask"].SetInParent(), _INVALID, "Sent extra: {mask}"),
        (lambda r: r.output_filter.append("mask"), _INVALID, "alias not found in signature"),
        (lambda r: r.output_filter.extend(["scores"] * 2), _INVALID, "duplicate output"),
        (lambda r: setattr(r.inputs["image"], "dtype", 1), _INVALID, "uint8 but float is provided"),
        (lambda r: setattr(r.inputs["image"], "tensor_content", b"1"), _INVALID, "tensor parsing error"),
        (lambda r: r.inputs["image"].tensor_shape.dim.pop(), _INVALID, "image"),
        (lambda r: fill_floats(r.inputs["image"], np.zeros(0, np.float32)), _INVALID, "float is provided"),
    ],
)  # fmt: skip
def test_a_wrong_predict(client: Client, change: Any, code: grpc.StatusCode, says: str) -> None:
    request = a_request()
    change(request)
    with refused(code, says):
        client.predict(request)


@pytest.mark.parametrize("size", [(250, 320), (240, 976), (7, 9), (16 * 100, 16)])
def test_a_size_that_no_picture_of_ours_has(client: Client, size: tuple[int, int]) -> None:
    request = a_request()
    request.inputs["image"].Clear()
    fill_pixels(request.inputs["image"], [np.zeros((*size, 3), np.uint8)])
    with refused(_INVALID, "multiples of 16"):
        client.predict(request)


def test_wrong_metadata_requests(client: Client) -> None:
    request = messages.GetModelMetadataRequest()
    request.model_spec.name = "tiny"
    with refused(_INVALID, "at least one metadata_field"):
        client.metadata(request)
    request.metadata_field.append("weights")
    with refused(_INVALID, "weights is not supported"):
        client.metadata(request)
    request.metadata_field[0] = "signature_def"
    request.model_spec.name = "nope"
    with refused(_Code.NOT_FOUND, "Servable not found"):
        client.metadata(request)


def test_wrong_status_requests(client: Client) -> None:
    with refused(_Code.NOT_FOUND, "Could not find any versions of model nope"):
        client.status("nope")
    with refused(_Code.NOT_FOUND, "Could not find version 9 of model tiny"):
        client.status(version=9)
    with refused(_INVALID, "Missing ModelSpec"):
        client.call(
            messages.GET_MODEL_STATUS, messages.GetModelStatusRequest(), messages.GetModelStatusResponse
        )


def test_calls_that_the_stand_in_has_not(client: Client) -> None:
    with refused(_Code.UNIMPLEMENTED, ""):
        client.call(
            "/tensorflow.serving.PredictionService/Classify",
            messages.PredictRequest(),
            messages.PredictResponse,
        )
