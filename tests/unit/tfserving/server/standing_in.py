"""A stand-in server for a test, and a client that can say the wrong thing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.ports.classifier import Classifier
from marbleline.tfserving import messages
from marbleline.tfserving.messages import STATES
from marbleline.tfserving.server.batcher import Sizes
from marbleline.tfserving.server.server import Server, Tls
from marbleline.tfserving.server.versions import Versions
from marbleline.tfserving.tensors import fill_pixels, read_floats
from tests.models.tiny_model import expected, slab


@contextmanager
def standing_in(
    folder: Path,
    newest: int = 1,
    open_version: Callable[[Path], Classifier] = LiteRtClassifier,
    sizes: Sizes | None = None,
    tls: Tls | None = None,
) -> "Iterator[Client]":
    """A server with what the folder asks for, and a client."""
    versions = Versions(folder, open_version, sizes or Sizes(threads=1), newest)
    server = Server(versions, "127.0.0.1:0", tls)
    versions.refresh()
    server.update_health()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Client(channel, server, versions)
    finally:
        server.close(0)


class Client:
    """The three calls by hand, so that a test can say the wrong thing."""

    def __init__(self, channel: Any, server: Server, versions: Versions) -> None:
        self.channel, self.server, self.versions = channel, server, versions
        self.address = f"grpc://127.0.0.1:{server.port}"

    def call(self, path: str, request: Any, response: Any, timeout: float = 30) -> Any:
        return self.channel.unary_unary(
            path,
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )(request, timeout=timeout)

    def predict(self, request: Any, timeout: float = 30) -> Any:
        return self.call(messages.PREDICT, request, messages.PredictResponse, timeout)

    def metadata(self, request: Any) -> Any:
        return self.call(messages.GET_MODEL_METADATA, request, messages.GetModelMetadataResponse)

    def status(self, name: str = "tiny", version: int | None = None) -> dict[int, str]:
        request = messages.GetModelStatusRequest()
        request.model_spec.name = name
        if version is not None:
            request.model_spec.version.value = version
        states = {number: state for state, number in STATES.items()}
        found = self.call(messages.GET_MODEL_STATUS, request, messages.GetModelStatusResponse)
        return {entry.version: states[entry.state] for entry in found.model_version_status}

    def answers(self, version: int | None = None, label: str | None = None) -> int:
        """The version that answers a picture, whose scores are checked."""
        response = self.predict(a_request(version=version, label=label))
        number = int(response.model_spec.version.value)
        assert read_floats(response.outputs["scores"])[0] == pytest.approx(
            expected(slab("crack"), number).scores, abs=1e-4
        )
        return number

    def health(self, service: str = "") -> str:
        answer = health_pb2_grpc.HealthStub(self.channel).Check(
            health_pb2.HealthCheckRequest(service=service), timeout=30
        )
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def a_request(name: str = "tiny", version: int | None = None, label: str | None = None) -> Any:
    request = messages.PredictRequest()
    request.model_spec.name = name
    if version is not None:
        request.model_spec.version.value = version
    if label is not None:
        request.model_spec.version_label = label
    fill_pixels(request.inputs["image"], [slab("crack")])
    return request


@contextmanager
def refused(code: grpc.StatusCode, says: str) -> Iterator[None]:
    with pytest.raises(grpc.RpcError) as caught:
        yield
    assert (caught.value.code(), says in caught.value.details()) == (code, True), caught.value.details()
