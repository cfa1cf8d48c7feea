"""The embedded store: one SQLite file."""

from marbleline.adapters.store_sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
