"""From settings to adapters: the only place that chooses, late, so that nothing connects at import."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.domain.picture import Limits
from marbleline.domain.version_labels import labelled_version, stable_version
from marbleline.errors import ModelError, SettingError
from marbleline.ports.topology import QUEUES, webhook_queue
from marbleline.setting_kinds import pairs
from marbleline.settings import Settings
from marbleline.telemetry.logs import masked

if TYPE_CHECKING:
    from marbleline.domain.audit import AuditEntry
    from marbleline.domain.ledger import Ledger
    from marbleline.domain.model import Manifest
    from marbleline.ports.broker import Broker
    from marbleline.ports.classifier import Classifier
    from marbleline.ports.receiver import Receiver
    from marbleline.ports.source import Source
    from marbleline.ports.store import Store
    from marbleline.serving.server import Server

_LISTEN: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:]+):(\d{1,5})")
_LAST_PORT: Final = 65_535
# Nobody waits for a shadow: its calls may be queued behind the line's own.
_SHADOW_S: Final = 5.0


def make_broker(settings: Settings, worker: str) -> "Broker":
    """The broker that ``settings.broker`` names; ``worker`` is how the connection is called."""
    scheme = settings.broker.split(":", 1)[0]
    queues = QUEUES + tuple(webhook_queue(name) for name in pairs(settings.webhooks))
    if scheme in ("", "sqlite"):
        from marbleline.adapters.broker_sqlite import SqliteBroker

        return SqliteBroker(_file(settings, settings.broker, "broker.db"), queues=queues)
    if scheme in ("amqp", "amqps"):
        from marbleline.adapters.broker_rabbitmq import RabbitBroker

        ca_file = _optional_path(settings.broker_ca_file)
        return RabbitBroker(settings.broker, worker=worker, ca_file=ca_file, queues=queues)
    raise SettingError(f"broker {scheme}: is not supported")


def make_receivers(settings: Settings) -> "dict[str, Receiver]":
    """The webhooks that ``settings.webhooks`` names."""
    from marbleline.adapters.receiver_http import HttpReceiver

    urls = pairs(settings.webhooks)
    try:
        keys = pairs(settings.webhook_secrets)
    except ValueError as error:
        raise SettingError(f"webhook_secrets: allowed is {error}") from None
    if set(keys) - set(urls):
        raise SettingError(f"webhook_secrets: there is no webhook {', '.join(sorted(set(keys) - set(urls)))}")
    return {
        name: HttpReceiver(
            name,
            url,
            [key for key in keys.get(name, "").split(",") if key],
            timeout_s=settings.webhook_timeout_ms / 1000,
            ca_file=_optional_path(settings.webhook_ca_file),
        )
        for name, url in urls.items()
    }


def make_store(settings: Settings) -> "Store":
    """The store that ``settings.store`` names."""
    scheme = settings.store.split(":", 1)[0]
    if scheme in ("", "sqlite"):
        from marbleline.adapters.store_sqlite import SqliteStore

        return SqliteStore(_file(settings, settings.store, "store.db"))
    if scheme in ("http", "https"):
        from marbleline.adapters.store_elasticsearch import ElasticsearchStore, Keep

        return ElasticsearchStore(
            settings.store,
            ca_file=_optional_path(settings.store_ca_file),
            api_key=settings.store_api_key,
            prefix=settings.store_prefix,
            keep=Keep(settings.store_keep_frames_days, settings.store_keep_verdicts_days),
        )
    raise SettingError(f"store {scheme}: is not supported")


def make_classifier(settings: Settings) -> "Classifier":
    """The classifier that ``settings.classifier`` names, for the model in ``settings.model``."""
    scheme = settings.classifier.split(":", 1)[0]
    if scheme in ("", "litert"):
        return _embedded_classifier(partial(stable_version, settings.model))
    if scheme in ("grpc", "grpcs"):
        return _server_classifier(settings)
    raise SettingError(f"classifier {scheme}: is not supported")


def make_shadow(settings: Settings) -> "Classifier":
    """The classifier of the version that ``settings.shadow`` labels, asked beside the one that judges."""
    label: str = settings.shadow
    if settings.classifier.startswith("grpc"):
        from marbleline.adapters.classifier_tfserving import TfServingClassifier

        address = f"{settings.classifier.rpartition('@')[0] or settings.classifier}@{label}"
        return TfServingClassifier(
            address, settings.model, timeout_s=_SHADOW_S, ca_file=_optional_path(settings.classifier_ca_file)
        )
    return _embedded_classifier(partial(labelled_version, settings.model, label))


def _embedded_classifier(find: Callable[[], Path | None]) -> "Classifier":
    from marbleline.adapters.classifier_following import FollowingClassifier
    from marbleline.adapters.classifier_litert import LiteRtClassifier

    return FollowingClassifier(find, LiteRtClassifier)


def _server_classifier(settings: Settings) -> "Classifier":
    from marbleline.adapters.classifier_fallback import FallbackClassifier

    try:
        from marbleline.adapters.classifier_tfserving import TfServingClassifier
    except ImportError as error:
        raise SettingError("classifier grpc: needs gRPC: pip install 'marbleline[serving]'") from error
    server = TfServingClassifier(
        settings.classifier,
        settings.model,
        timeout_s=settings.classifier_timeout_ms / 1000,
        ca_file=_optional_path(settings.classifier_ca_file),
    )
    if not settings.classifier_fallback_ms:
        return server

    def open_embedded(manifest: "Manifest") -> "Classifier":
        from marbleline.domain.model import load_version

        try:
            from marbleline.adapters.classifier_litert import LiteRtClassifier
        except ImportError as error:
            raise ModelError("LiteRT is not installed: pip install 'marbleline[litert]'") from error
        return LiteRtClassifier(load_version(settings.model, manifest.version)[0])

    return FallbackClassifier(server, open_embedded, settings.classifier_fallback_ms / 1000)


def make_server(settings: Settings) -> "Server":
    """The stand-in for TensorFlow Serving, listening, with nothing loaded yet."""
    try:
        from marbleline.adapters.classifier_litert import LiteRtClassifier
        from marbleline.serving.batcher import Sizes
        from marbleline.serving.server import Server, Tls
        from marbleline.serving.versions import Versions
    except ImportError as error:
        raise SettingError("serve: needs gRPC and LiteRT: pip install 'marbleline[serve]'") from error
    if bool(settings.serve_cert_file) != bool(settings.serve_key_file):
        raise SettingError("serve_cert_file and serve_key_file: give both or neither")
    sizes = Sizes(threads=settings.serve_threads or usable_cores())
    versions = Versions(settings.model, LiteRtClassifier, sizes, settings.serve_newest)
    tls = Tls(Path(settings.serve_cert_file), Path(settings.serve_key_file))
    address = f"{settings.serve_host}:{settings.serve_port}"
    return Server(versions, address, tls if settings.serve_cert_file else None)


def make_source(settings: Settings) -> "Source":
    """The source that ``settings.source`` names, as ``kind:where``."""
    kind, _, where = settings.source.partition(":")
    if kind == "synthetic":
        from marbleline.adapters.source_synthetic import SyntheticSource

        return SyntheticSource(settings.rate, settings.seed, settings.faulty_share)
    if kind == "folder" and where:
        from marbleline.adapters.source_folder import FolderSource

        return FolderSource(Path(where), settings.rate, settings.repeat, settings.max_frame_bytes)
    if kind == "landing" and where:
        from marbleline.adapters.source_landing import LandingSource

        keep = settings.landed_files == "keep"
        return LandingSource(Path(where), settings.max_frame_bytes, settings.settle_s, keep)
    if kind == "http" and (listen := _LISTEN.fullmatch(where)) and int(listen[2]) <= _LAST_PORT:
        from marbleline.adapters.source_http import HttpSource

        host = listen[1].strip("[]")
        return HttpSource(host, int(listen[2]), settings.max_frame_bytes, settings.http_token)
    if kind == "video" and where:
        try:
            from marbleline.adapters.source_video import video_source
        except ImportError as error:
            raise SettingError("source video: needs OpenCV: pip install 'marbleline[video]'") from error
        return video_source(where, settings.rate, settings.repeat)
    raise SettingError(
        f"source is {masked(settings.source)!r}: allowed is synthetic:, folder:PATH, landing:PATH, "
        "video:ADDRESS or http:HOST:PORT"
    )


def count_ledger(settings: Settings) -> "Ledger":
    """The ledger of the line, counted now. Raises BrokerUnavailable, StoreUnavailable."""
    from marbleline.domain.clock import now
    from marbleline.workers.counting import count
    from marbleline.workers.spool_view import folders_in, view

    broker, store = make_broker(settings, "ledger"), make_store(settings)
    try:
        spools = {camera: view(folder) for camera, folder in folders_in(settings.data).items()}
        return count(broker, store, spools, now)
    finally:
        broker.close()
        store.close()


def audit_ledger(settings: Settings, index: str, since: int, until: int) -> "tuple[AuditEntry, ...]":
    """What became of the frames that cameras logged as captured, ``index`` is where Filebeat puts the logs.

    Raises BrokerUnavailable, StoreUnavailable; SettingError if the store holds no logs.
    """
    if settings.store.split(":", 1)[0] not in ("http", "https"):
        raise SettingError("audit: needs a store on Elasticsearch, to which Filebeat ships the cameras' logs")
    from marbleline.adapters.store_elasticsearch.logs import ShippedLogs
    from marbleline.workers.auditing import take_audit

    ca_file = Path(settings.store_ca_file) if settings.store_ca_file else None
    broker, store = make_broker(settings, "ledger"), make_store(settings)
    logs = ShippedLogs(settings.store, index, ca_file, settings.store_api_key)
    try:
        return take_audit(list(logs.captured(since, until)), broker, store)
    finally:
        logs.close()
        broker.close()
        store.close()


def usable_cores() -> int:
    """The cores that this process may use, where the system tells: a container may have fewer."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def limits(settings: Settings) -> Limits:
    """What the encoder refuses."""
    return Limits(max_bytes=settings.max_frame_bytes, max_pixels=settings.max_pixels)


def _optional_path(text: str) -> Path | None:
    return Path(text) if text else None


def _file(settings: Settings, address: str, name: str) -> Path:
    if address in ("", "sqlite:"):
        folder: Path = settings.data
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
    return Path(address.removeprefix("sqlite:"))
