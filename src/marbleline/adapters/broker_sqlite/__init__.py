"""The embedded broker: one SQLite file for all workers of one machine."""

from marbleline.adapters.broker_sqlite.broker import SqliteBroker

__all__ = ["SqliteBroker"]
