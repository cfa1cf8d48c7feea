"""TensorFlow Serving's three calls, with its rules and its error codes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import grpc
import numpy as np

from marbleline.domain.classification import OUTPUTS
from marbleline.domain.model import CLASSES, Floats, Manifest, Prediction
from marbleline.domain.picture import Pixels
from marbleline.domain.product_heads import HEADS_FILE
from marbleline.domain.strangest_patch import NUMBERS, STRANGEST
from marbleline.errors import ModelLabelNotFound, ModelVersionNotFound, RequestQueueFull, TensorError
from marbleline.tfserving import messages
from marbleline.tfserving.messages import DATA_TYPES, SIGNATURE, SIGNATURE_DEF, STATES
from marbleline.tfserving.server.batcher import Batcher
from marbleline.tfserving.server.models import Servables
from marbleline.tfserving.tensors import UINT8, fill_floats, read_pixels, type_name

_Code = grpc.StatusCode

# The longest that a call without a deadline of its own is kept.
_PATIENCE_S: Final = 60.0


class Service:
    """The calls on the versions of one model or of several."""

    def __init__(self, servables: Servables) -> None:
        self._servables = servables

    def handlers(self) -> list[Any]:
        """What a gRPC server is given."""
        return [
            _handler(messages.PREDICT, self.predict, messages.PredictRequest, messages.PredictResponse),
            _handler(
                messages.GET_MODEL_METADATA,
                self.metadata,
                messages.GetModelMetadataRequest,
                messages.GetModelMetadataResponse,
            ),
            _handler(
                messages.GET_MODEL_STATUS,
                self.status,
                messages.GetModelStatusRequest,
                messages.GetModelStatusResponse,
            ),
        ]

    def predict(self, request: Any, context: Any) -> Any:
        """Judge the pictures of ``image``; answers the outputs that ``output_filter`` names, or all."""
        signature = request.model_spec.signature_name or SIGNATURE
        response = messages.PredictResponse()
        with self._asked(request, context) as batcher:
            if signature != SIGNATURE:
                context.abort(_Code.FAILED_PRECONDITION, f'Serving signature key "{signature}" not found.')
            names = _wanted_outputs(request.output_filter, outputs_of(batcher.manifest), context)
            images = _images(request.inputs, batcher.manifest, context)
            predictions = _judge(batcher, images, context)
            _specify(response.model_spec, batcher.manifest)
        response.model_spec.signature_name = signature
        for name in names:
            fill_floats(response.outputs[name], _output(name, predictions))
        return response

    def metadata(self, request: Any, context: Any) -> Any:
        """The signature, as TensorFlow Serving tells it of the SavedModel."""
        if not request.metadata_field:
            _refuse(context, "GetModelMetadataRequest must specify at least one metadata_field")
        for name in request.metadata_field:
            if name != SIGNATURE_DEF:
                _refuse(context, f"Metadata field {name} is not supported")
        response = messages.GetModelMetadataResponse()
        with self._asked(request, context) as batcher:
            _specify(response.model_spec, batcher.manifest)
            response.metadata[SIGNATURE_DEF].Pack(_signatures(batcher.manifest))
        return response

    def status(self, request: Any, context: Any) -> Any:
        """The state of one version, or of all."""
        if not request.HasField("model_spec"):
            _refuse(context, "Missing ModelSpec")
        name = request.model_spec.name
        versions = self._servables.named(name)
        statuses = {} if versions is None else versions.statuses()
        if request.model_spec.HasField("version"):
            version = request.model_spec.version.value
            if version not in statuses:
                context.abort(_Code.NOT_FOUND, f"Could not find version {version} of model {name}")
            statuses = {version: statuses[version]}
        if not statuses:
            context.abort(_Code.NOT_FOUND, f"Could not find any versions of model {name}")
        response = messages.GetModelStatusResponse()
        for version, status in statuses.items():
            entry = response.model_version_status.add(version=version, state=STATES[status.state])
            if status.error:
                entry.status.error_code = _Code.FAILED_PRECONDITION.value[0]
                entry.status.error_message = status.error
            else:
                entry.status.SetInParent()
        return response

    @contextmanager
    def _asked(self, request: Any, context: Any) -> Iterator[Batcher]:
        """The batcher that a request's ModelSpec names, or the error that TensorFlow Serving has for it."""
        if not request.HasField("model_spec"):
            _refuse(context, "Missing ModelSpec")
        spec = request.model_spec
        version = int(spec.version.value) if spec.HasField("version") else None
        label = spec.version_label if spec.HasField("version_label") else None
        which = f"Latest({spec.name})" if version is None else f"Specific({spec.name}, {version})"
        missing = f"Servable not found for request: {which}"
        versions = self._servables.named(spec.name)
        if versions is None:
            context.abort(_Code.NOT_FOUND, missing)
            raise AssertionError("abort raises")
        try:
            with versions.asked(version, label) as batcher:
                yield batcher
        except ModelLabelNotFound:
            _refuse(context, f"Unrecognized servable version label: {label}")
        except ModelVersionNotFound:
            context.abort(_Code.NOT_FOUND, missing)


def _handler(path: str, call: Callable[[Any, Any], Any], request: Any, response: Any) -> Any:
    _, service, method = path.split("/")
    unary = grpc.unary_unary_rpc_method_handler(
        call, request_deserializer=request.FromString, response_serializer=response.SerializeToString
    )
    return grpc.method_handlers_generic_handler(service, {method: unary})


def _images(inputs: Any, manifest: Manifest, context: Any) -> Pixels:
    if set(inputs) != {"image"}:
        sent, extra, missing = (
            "{" + ",".join(sorted(names)) + "}"
            for names in (set(inputs), set(inputs) - {"image"}, {"image"} - set(inputs))
        )
        _refuse(
            context,
            f"input size does not match signature: {len(inputs)}!=1 len({sent}) != len({{image}})."
            f" Sent extra: {extra}. Missing but required: {missing}.",
        )
    tensor = inputs["image"]
    if tensor.dtype != UINT8:
        _refuse(context, f"Expects arg[0] to be uint8 but {type_name(tensor.dtype)} is provided")
    try:
        images = read_pixels(tensor)
    except TensorError as error:
        _refuse(context, f"tensor parsing error: image: {error}")
    if images.ndim != 4 or images.shape[3] != 3 or min(images.shape[1:3]) < 1:
        _refuse(context, f"image has shape {list(images.shape)}, expected [?, height, width, 3]")
    step, most = manifest.input.step, manifest.input.max_long_side
    height, width = images.shape[1:3]
    if height % step or width % step or max(height, width) > most:
        _refuse(
            context, f"image is {width}x{height}: both sides must be multiples of {step} and at most {most}"
        )
    return images


def _judge(batcher: Batcher, images: Pixels, context: Any) -> list[Prediction]:
    futures: Sequence[Future[Prediction]] = ()
    try:
        futures = batcher.submit(list(images))
    except RequestQueueFull as error:
        context.abort(_Code.UNAVAILABLE, f"The queue is full: {error}")
    gone = threading.Event()

    def cancel() -> None:
        # The client has its answer or has gone: what has not begun needs no judging any more.
        gone.set()
        for future in futures:
            future.cancel()

    context.add_callback(cancel)
    remaining = context.time_remaining()
    done, waiting = wait(
        futures, min(remaining, _PATIENCE_S) if remaining is not None else _PATIENCE_S, FIRST_EXCEPTION
    )
    failures = [found for future in done if not future.cancelled() and (found := future.exception())]
    if failures:
        cancel()
        context.abort(_Code.INTERNAL, str(failures[0]))
    if waiting or gone.is_set():
        cancel()
        context.abort(_Code.DEADLINE_EXCEEDED, "Deadline exceeded while waiting for the model")
    return [future.result() for future in futures]


def outputs_of(manifest: Manifest) -> tuple[str, ...]:
    """The outputs of a version: one that was taught knows normal patches."""
    return (*OUTPUTS, STRANGEST) if HEADS_FILE in manifest.files else OUTPUTS


def _wanted_outputs(asked: Sequence[str], there: tuple[str, ...], context: Any) -> Sequence[str]:
    for name in asked:
        if name not in there:
            _refuse(
                context,
                f"output tensor alias not found in signature: {name} Outputs expected to be in the set"
                f" {{{','.join(sorted(there))}}}.",
            )
    if len(set(asked)) != len(asked):
        _refuse(context, f"duplicate output tensor alias: {max(asked, key=list(asked).count)}")
    return asked or there


def _output(name: str, predictions: Sequence[Prediction]) -> Floats:
    if not predictions:
        none = {"scores": (len(CLASSES),), "anomaly": (), "heatmap": (0, 0, 4), STRANGEST: (NUMBERS,)}
        return np.empty((0, *none[name]), np.float32)
    if name == STRANGEST:
        return np.stack([one.strangest.to_floats() for one in predictions if one.strangest is not None])
    return np.stack([np.asarray(getattr(one, name), np.float32) for one in predictions])


def _signatures(manifest: Manifest) -> Any:
    signatures = messages.SignatureDefMap()
    signature = signatures.signature_def[SIGNATURE]
    signature.method_name = "tensorflow/serving/predict"
    _tensor(signature.inputs["image"], "serving_default_image:0", "DT_UINT8", (-1, -1, -1, 3))
    shapes: dict[str, tuple[int, ...]] = {
        "anomaly": (-1,),
        "heatmap": (-1, -1, -1, len(CLASSES)),
        "scores": (-1, len(CLASSES)),
    }
    if STRANGEST in outputs_of(manifest):
        shapes[STRANGEST] = (-1, NUMBERS)
    for number, (name, shape) in enumerate(shapes.items()):
        _tensor(signature.outputs[name], f"StatefulPartitionedCall:{number}", "DT_FLOAT", shape)
    return signatures


def _tensor(info: Any, name: str, dtype: str, shape: tuple[int, ...]) -> None:
    info.name, info.dtype = name, DATA_TYPES[dtype]
    for side in shape:
        info.tensor_shape.dim.add(size=side)


def _specify(model_spec: Any, manifest: Manifest) -> None:
    model_spec.name = manifest.name
    model_spec.version.value = manifest.version


def _refuse(context: Any, text: str) -> NoReturn:
    context.abort(_Code.INVALID_ARGUMENT, text)
    raise AssertionError("abort raises")
