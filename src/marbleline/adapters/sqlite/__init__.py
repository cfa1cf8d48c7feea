"""SQLite files that several processes share; used by the embedded broker and store."""

from marbleline.adapters.sqlite.database import Database
from marbleline.adapters.sqlite.schema import Schema

__all__ = ["Database", "Schema"]
