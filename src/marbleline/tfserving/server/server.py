"""The gRPC server around the calls: port, TLS, health, and how much it takes on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from marbleline.errors import SettingError
from marbleline.telemetry.health import Heartbeat
from marbleline.tfserving.server.models import Servables
from marbleline.tfserving.server.service import Service

# A call waits on a thread while its pictures are judged. Calls beyond these are refused at once, as are
# requests beyond the size of a batch of the largest pictures: so memory is bounded.
_CALLS: Final = 32
_MOST_BYTES: Final = 32 << 20

_SERVICES: Final = ("", "tensorflow.serving.PredictionService", "tensorflow.serving.ModelService")


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of the server's certificate chain and its key."""

    certificate: Path
    key: Path


class Server:
    """Serves while it is open. ``port`` is the one that it listens on."""

    def __init__(self, servables: Servables, address: str, tls: Tls | None = None) -> None:
        """Listen on ``address``, host:port; port 0 takes a free one. Not ready before ``update_health``.

        Raises SettingError if it can't listen there, or a PEM file can't be read.
        """
        self._servables = servables
        # Calls above the pool's size wait for a thread, so that health is answered while all are busy.
        self._server = grpc.server(
            ThreadPoolExecutor(_CALLS, thread_name_prefix="call"),
            maximum_concurrent_rpcs=_CALLS,
            options=(
                ("grpc.max_receive_message_length", _MOST_BYTES),
                ("grpc.max_send_message_length", _MOST_BYTES),
                # Two servers on one port would share its clients without anyone noticing.
                ("grpc.so_reuseport", 0),
            ),
        )
        self._server.add_generic_rpc_handlers(Service(servables).handlers())
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.update_health()
        try:
            self.port: int = (
                self._server.add_secure_port(address, _credentials(tls))
                if tls
                else self._server.add_insecure_port(address)
            )
        except RuntimeError as error:
            raise SettingError(f"serve_host and serve_port: can't listen on {address}: {error}") from error
        self._server.start()

    def update_health(self) -> None:
        """Set gRPC's health: SERVING once a version can be asked."""
        status = health_pb2.HealthCheckResponse
        state = status.SERVING if self._servables.ready() else status.NOT_SERVING
        for service in _SERVICES:
            self._health.set(service, state)

    def watch(self, every_s: float, stop: threading.Event, heartbeat: Heartbeat | None = None) -> None:
        """Follow the model's folder until told to stop."""
        while True:
            self._servables.refresh()
            self.update_health()
            if heartbeat is not None and self._servables.ready():
                heartbeat.ok()
            if stop.wait(every_s):
                return

    def close(self, grace_s: float = 10.0) -> None:
        """Take no more calls, finish those under way within ``grace_s``, and unload."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()
        self._servables.close()


def _credentials(tls: Tls) -> Any:
    """Reads the files again for every new connection, so that a renewed certificate needs no restart."""
    given = _pair(tls)

    def renewed() -> Any:
        nonlocal given
        try:
            found = _pair(tls)
        except SettingError:
            return None  # half replaced: the last good one goes on
        if found == given:
            return None
        given = found
        return grpc.ssl_server_certificate_configuration([found])

    first = grpc.ssl_server_certificate_configuration([given])
    return grpc.dynamic_ssl_server_credentials(first, renewed)


def _pair(tls: Tls) -> tuple[bytes, bytes]:
    try:
        return tls.key.read_bytes(), tls.certificate.read_bytes()
    except OSError as error:
        raise SettingError(f"serve_key_file and serve_cert_file: can't be read: {error}") from error
