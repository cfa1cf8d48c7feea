"""A model server that does what a test tells it to: fail, lie, hang, change versions."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import numpy as np

from marbleline.domain.model import CLASSES
from marbleline.tfserving import messages
from marbleline.tfserving.messages import DATA_TYPES, SIGNATURE, SIGNATURE_DEF, STATES
from marbleline.tfserving.tensors import fill_floats, read_pixels
from tests.models.tiny_model import expected

Shape = tuple[int, ...]


def signatures() -> dict[str, tuple[str, str, Shape]]:
    """Tensor -> (inputs or outputs, type, shape), as a right model has them; tests change an entry."""
    return {
        "image": ("inputs", "DT_UINT8", (-1, -1, -1, 3)),
        "scores": ("outputs", "DT_FLOAT", (-1, len(CLASSES))),
        "anomaly": ("outputs", "DT_FLOAT", (-1,)),
        "heatmap": ("outputs", "DT_FLOAT", (-1, -1, -1, len(CLASSES))),
    }


@dataclass
class FakeModelServer:
    """``before`` is called with each Predict's number (1, 2, ...) and context, and may abort, wait or count.

    ``spoil`` may change a PredictResponse. ``version`` answers, or says by a Predict's number which does.
    """

    version: int | Callable[[int], int] = 3
    before: Callable[[int, Any], None] = lambda number, context: None
    spoil: Callable[[Any], None] = lambda response: None
    tensors: dict[str, tuple[str, str, Shape]] = field(default_factory=signatures)
    signature_name: str = SIGNATURE
    state: str = "AVAILABLE"
    requests: list[Any] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"grpc://127.0.0.1:{self.port}"

    def predict(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        number = len(self.requests)
        self.before(number, context)
        response = messages.PredictResponse()
        version = self._version(number)
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version
        found = [expected(image, version) for image in read_pixels(request.inputs["image"])]
        for name in ("scores", "anomaly", "heatmap"):
            fill_floats(
                response.outputs[name], np.array([getattr(one, name) for one in found], dtype=np.float32)
            )
        self.spoil(response)
        return response

    def metadata(self, request: Any, context: Any) -> Any:
        response = messages.GetModelMetadataResponse()
        response.model_spec.version.value = request.model_spec.version.value or self._version(
            len(self.requests)
        )
        packed = messages.SignatureDefMap()
        signature = packed.signature_def[self.signature_name]
        for name, (side, dtype, shape) in self.tensors.items():
            info = getattr(signature, side)[name]
            info.dtype = DATA_TYPES[dtype]
            for length in shape:
                info.tensor_shape.dim.add(size=length)
        response.metadata[SIGNATURE_DEF].Pack(packed)
        return response

    def status(self, request: Any, context: Any) -> Any:
        response = messages.GetModelStatusResponse()
        response.model_version_status.add(version=self._version(0), state=STATES[self.state])
        return response

    def _version(self, number: int) -> int:
        return self.version(number) if callable(self.version) else self.version


@contextmanager
def serving(fake: FakeModelServer, port: int = 0) -> Iterator[FakeModelServer]:
    """Serve on a port of this machine."""
    server = grpc.server(
        ThreadPoolExecutor(8),
        options=(("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 64 << 20)),
    )
    for path, call, request, response in (
        (messages.PREDICT, fake.predict, messages.PredictRequest, messages.PredictResponse),
        (
            messages.GET_MODEL_METADATA,
            fake.metadata,
            messages.GetModelMetadataRequest,
            messages.GetModelMetadataResponse,
        ),
        (
            messages.GET_MODEL_STATUS,
            fake.status,
            messages.GetModelStatusRequest,
            messages.GetModelStatusResponse,
        ),
    ):
        _, service, method = path.split("/")
        handler = grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=request.FromString, response_serializer=response.SerializeToString
        )
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: handler})])
    fake.port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield fake
    finally:
        server.stop(0).wait()
