"""What counts the line's frames: its ledger, and the audit of what cameras logged."""

from contextlib import closing

from marbleline.adapters.stores.registry import ElasticsearchSettings
from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.domain.audit import AuditEntry
from marbleline.domain.clock import now
from marbleline.domain.ledger import Ledger
from marbleline.errors import SettingError
from marbleline.operations.audit import audit_frames
from marbleline.operations.ledger import count
from marbleline.pipeline.camera.spool_view import folders_in, view
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings


def count_ledger(configuration: Configuration) -> Ledger:
    """The ledger of the line, counted now. Raises BrokerUnavailable, StoreUnavailable."""
    with closing(open_broker(configuration, "ledger")) as broker, closing(open_store(configuration)) as store:
        folders = folders_in(configuration.read(LineSettings).data)
        spools = {camera: view(folder) for camera, folder in folders.items()}
        return count(broker, store, spools, now)


def audit_ledger(configuration: Configuration, index: str, since: int, until: int) -> tuple[AuditEntry, ...]:
    """What became of the frames that cameras logged as captured, ``index`` is where Filebeat puts the logs.

    Raises BrokerUnavailable, StoreUnavailable; SettingError if the store holds no logs.
    """
    address = configuration.read(LineSettings).store
    if address.split(":", 1)[0] not in ("http", "https"):
        raise SettingError("audit: needs a store on Elasticsearch, to which Filebeat ships the cameras' logs")
    from marbleline.adapters.stores.elasticsearch.logs import ShippedLogs

    settings = configuration.read(ElasticsearchSettings)
    logs = ShippedLogs(address, index, settings.store_ca_file, settings.store_api_key)
    with (
        closing(open_broker(configuration, "ledger")) as broker,
        closing(open_store(configuration)) as store,
        closing(logs),
    ):
        return audit_frames(list(logs.captured(since, until)), broker, store)
