"""The embedded store: one SQLite file."""

from marbleline.adapters.sqlite.opening import embedded_file
from marbleline.adapters.stores.registry import StoreContext
from marbleline.adapters.stores.sqlite.store import SqliteStore
from marbleline.settings.setting import NoSettings

__all__ = ["SqliteStore", "open_sqlite"]


def open_sqlite(context: StoreContext, settings: NoSettings) -> SqliteStore:
    """``sqlite:FILE``"""
    return SqliteStore(embedded_file(context.address, context.data, "store.db"))
