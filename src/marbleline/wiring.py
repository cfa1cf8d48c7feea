"""From settings to adapters: the only place that chooses, late, so that nothing connects at import."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.domain.picture import Limits
from marbleline.errors import SettingError
from marbleline.settings import Settings
from marbleline.telemetry.logs import masked

if TYPE_CHECKING:
    from marbleline.domain.ledger import Ledger
    from marbleline.ports.broker import Broker
    from marbleline.ports.classifier import Classifier
    from marbleline.ports.source import Source
    from marbleline.ports.store import Store

_LISTEN: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:]+):(\d{1,5})")
_LAST_PORT: Final = 65_535


def make_broker(settings: Settings, worker: str) -> "Broker":
    """The broker that ``settings.broker`` names; ``worker`` is how the connection is called."""
    scheme = settings.broker.split(":", 1)[0]
    if scheme in ("", "sqlite"):
        from marbleline.adapters.broker_sqlite import SqliteBroker

        return SqliteBroker(_file(settings, settings.broker, "broker.db"))
    if scheme in ("amqp", "amqps"):
        from marbleline.adapters.broker_rabbitmq import RabbitBroker

        ca_file = Path(settings.broker_ca_file) if settings.broker_ca_file else None
        return RabbitBroker(settings.broker, worker=worker, ca_file=ca_file)
    raise SettingError(f"broker {scheme}: is not supported")


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
            ca_file=Path(settings.store_ca_file) if settings.store_ca_file else None,
            api_key=settings.store_api_key,
            prefix=settings.store_prefix,
            keep=Keep(settings.store_keep_frames_days, settings.store_keep_verdicts_days),
        )
    raise SettingError(f"store {scheme}: is not supported")


def make_classifier(settings: Settings) -> "Classifier":
    """The classifier that ``settings.classifier`` names, for the model in ``settings.model``."""
    scheme = settings.classifier.split(":", 1)[0]
    if scheme in ("", "litert"):
        from marbleline.adapters.classifier_litert import LiteRtClassifier
        from marbleline.domain.model import newest_version

        return LiteRtClassifier(newest_version(settings.model))
    raise SettingError(f"classifier {scheme}: is not supported")


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


def limits(settings: Settings) -> Limits:
    """What the encoder refuses."""
    return Limits(max_bytes=settings.max_frame_bytes, max_pixels=settings.max_pixels)


def spool_folder(settings: Settings, camera: str) -> Path:
    """A camera's spool, below the data folder."""
    folder: Path = settings.data / "spool" / camera
    return folder


def _file(settings: Settings, address: str, name: str) -> Path:
    if address in ("", "sqlite:"):
        folder: Path = settings.data
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
    return Path(address.removeprefix("sqlite:"))
