"""A channel to the model server: its calls, their deadlines, and what their failures mean to us."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import grpc

from marbleline.errors import ClassifierUnavailable, ModelError, SettingError
from marbleline.tfserving import messages
from marbleline.tfserving.address import ModelAddress

# UNAVAILABLE is the one failure after which the server has surely not begun to work; more tries of
# anything else would only add load. gRPC keeps all tries within the call's deadline.
_SERVICE_CONFIG: Final = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.5s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
_OPTIONS: Final = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    # A heat map has up to 57 kB: a batch of 256 goes beyond the default of 4 MB.
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 512 << 20),
    # A server that comes back is found within a second, not within gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Sharing connections with another channel of this process would undo ``renew``.
    ("grpc.use_local_subchannel_pool", 1),
)

# The server understood us and will say the same again: the model or the request is wrong.
_WRONG: Final = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
)


class ModelServerConnection:
    """Calls raise ClassifierUnavailable or ModelError, and nothing of gRPC's own."""

    def __init__(self, address: ModelAddress, ca_file: Path | None, timeout_s: float) -> None:
        """Nothing is connected yet. Raises SettingError if the CA file can't be read."""
        self._address = address
        self._timeout_s = timeout_s
        self._ca_file = ca_file
        self._authority = self._read_authority()
        self._open()

    def predict(self, requests: Sequence[Any]) -> list[Any]:
        """Ask all at once; PredictResponses in order."""
        pending = [self._predict.future(request, timeout=self._timeout_s) for request in requests]
        try:
            return [self._wait(future.result) for future in pending]
        finally:
            for future in pending:
                future.cancel()

    def metadata(self, request: Any) -> Any:
        """GetModelMetadata."""
        return self._wait(lambda: self._metadata(request, timeout=self._timeout_s))

    def status(self, request: Any) -> Any:
        """GetModelStatus."""
        return self._wait(lambda: self._status(request, timeout=self._timeout_s))

    def close(self) -> None:
        """Disconnect."""
        self._channel.close()

    def _open(self) -> None:
        target = self._address.target
        if self._address.secure:
            credentials = grpc.ssl_channel_credentials(self._authority)
            self._channel = grpc.secure_channel(target, credentials, options=_OPTIONS)
        else:
            self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._predict = self._call(messages.PREDICT, messages.PredictRequest, messages.PredictResponse)
        self._metadata = self._call(
            messages.GET_MODEL_METADATA, messages.GetModelMetadataRequest, messages.GetModelMetadataResponse
        )
        self._status = self._call(
            messages.GET_MODEL_STATUS, messages.GetModelStatusRequest, messages.GetModelStatusResponse
        )

    def _call(self, method: str, request: Any, response: Any) -> Any:
        return self._channel.unary_unary(
            method, request_serializer=request.SerializeToString, response_deserializer=response.FromString
        )

    def _wait(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except grpc.RpcError as error:
            code, details = error.code(), error.details()
            if code is grpc.StatusCode.DEADLINE_EXCEEDED or self._has_new_authority():
                # The server is slow, or a network that was cut swallows all: a new connection gets through
                # as soon as there is a way, the old one only when TCP tries again.
                self.close()
                self._open()
            text = f"model server {self._address.host}:{self._address.port}: {code.name}: {details}"
            raise (ModelError if code in _WRONG else ClassifierUnavailable)(text) from error

    def _has_new_authority(self) -> bool:
        """After a failure: whether the CA file was replaced, as it is when certificates are renewed."""
        try:
            found = self._read_authority()
        except SettingError:
            return False  # half replaced; the next failure looks again
        changed = found != self._authority
        self._authority = found
        return changed

    def _read_authority(self) -> bytes | None:
        if not self._address.secure or self._ca_file is None:
            return None
        try:
            return self._ca_file.read_bytes()
        except OSError as error:
            raise SettingError(
                f"classifier_ca_file is {str(self._ca_file)!r}: can't be read: {error}"
            ) from error
