"""The stores. A new one is an entry of ``STORES`` and a module with its ``opens``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.registry import Adapter, Registry
from marbleline.settings.kinds import FILE, NAME, TEXT, whole
from marbleline.settings.setting import setting

if TYPE_CHECKING:
    # A command's help needs the settings and the addresses, and nothing else of an adapter.
    from marbleline.ports.store import Store


@dataclass(frozen=True, slots=True)
class StoreContext:
    """What a worker tells the store that it opens. ``data`` is the line's folder, for what is embedded."""

    address: str
    data: Path


@dataclass(frozen=True, slots=True)
class ElasticsearchSettings:
    """Of Elasticsearch."""

    store_ca_file: Path | None = setting(
        FILE, None, "PEM file of the CA of the store's certificates; empty: the system's CAs."
    )
    store_api_key: str = setting(TEXT, "", "API key for the store, id:key in Base64, instead of a password.")
    store_prefix: str = setting(NAME, "marbleline", "Prefix of the names of all indices.")
    store_keep_frames_days: int = setting(
        whole(0, 36_500),
        0,
        "Days after which ILM deletes pictures, if the store has ILM; 0: never.",
    )
    store_keep_verdicts_days: int = setting(
        whole(0, 36_500),
        0,
        "Days after which ILM deletes verdicts, if the store has ILM; 0: never.",
    )


STORES: Final["Registry[StoreContext, Store]"] = Registry(
    "store",
    "marbleline.stores",
    (
        Adapter(
            schemes=("sqlite",),
            form="sqlite:FILE",
            help="A file on this machine, for all workers of one line; without FILE store.db in the data "
            "folder, the same as empty.",
            opens="marbleline.adapters.stores.sqlite:open_sqlite",
            embedded=True,
        ),
        Adapter(
            schemes=("http", "https"),
            form="http(s)://[USER:PASSWORD@]HOST[:PORT][,HOST...]",
            pattern="//.+",
            help="Elasticsearch 8.",
            opens="marbleline.adapters.stores.elasticsearch:open_elasticsearch",
            settings=ElasticsearchSettings,
            extra="elasticsearch",
            needs="the Elasticsearch client",
        ),
    ),
    default="sqlite:",
)
