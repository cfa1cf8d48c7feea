"""The embedded broker: one SQLite file for all workers of one machine."""

from marbleline.adapters.brokers.registry import BrokerContext
from marbleline.adapters.brokers.sqlite.broker import SqliteBroker
from marbleline.adapters.sqlite.opening import embedded_file
from marbleline.settings.setting import NoSettings

__all__ = ["SqliteBroker", "open_sqlite"]


def open_sqlite(context: BrokerContext, settings: NoSettings) -> SqliteBroker:
    """``sqlite:FILE``"""
    path = embedded_file(context.address, context.data, "broker.db")
    return SqliteBroker(path, queues=context.queues)
