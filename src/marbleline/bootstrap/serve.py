"""The model server that stands in for TensorFlow Serving."""

import threading
from collections.abc import Callable
from functools import partial

from marbleline.bootstrap.adapters import open_manifest_check
from marbleline.bootstrap.process import usable_cores
from marbleline.errors import SettingError
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import ModelSettings, TelemetrySettings
from marbleline.settings.serve import ServeSettings
from marbleline.telemetry.health import Health, serving


def run(configuration: Configuration, stop: threading.Event, on_port: Callable[[int], None]) -> None:
    """Serve until told to stop; ``on_port`` is told where it listens.

    Raises SettingError if gRPC or LiteRT is not installed, or one of certificate and key is missing.
    """
    try:
        from marbleline.adapters.classifiers.litert import LiteRtClassifier
        from marbleline.tfserving.server.batcher import Sizes
        from marbleline.tfserving.server.models import Models
        from marbleline.tfserving.server.server import Server, Tls
    except ImportError as error:
        raise SettingError("serve: needs gRPC and LiteRT: pip install 'marbleline[serve]'") from error
    settings, telemetry = configuration.read(ServeSettings), configuration.read(TelemetrySettings)
    certificate, key = settings.serve_cert_file, settings.serve_key_file
    if (certificate is None) != (key is None):
        raise SettingError("serve_cert_file and serve_key_file: give both or neither")
    tls = Tls(certificate, key) if certificate is not None and key is not None else None
    sizes = Sizes(threads=settings.serve_threads or usable_cores())
    open_version = partial(LiteRtClassifier, check=open_manifest_check(configuration))
    model = configuration.read(ModelSettings).model
    models = Models(model, open_version, sizes, settings.serve_newest)
    server = Server(models, f"{settings.serve_host}:{settings.serve_port}", tls)
    health = Health()
    heartbeat = health.heartbeat("versions")
    try:
        on_port(server.port)
        with serving(health, telemetry.health_host, telemetry.health_port):
            server.watch(settings.serve_poll_s, stop, heartbeat)
    finally:
        server.close()
