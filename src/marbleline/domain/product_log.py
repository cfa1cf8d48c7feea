"""Who did what to a product: ``log.jsonl`` in its folder, one line an action, only ever added to.

Promotions are in ``history.jsonl`` beside it, and the store keeps the switches of a line.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from marbleline.domain.clock import Time
from marbleline.domain.durable_file import append_line
from marbleline.domain.wire import WireStruct
from marbleline.errors import ModelError, WireError

LOG_FILE: Final = "log.jsonl"


class ProductAction(StrEnum):
    """What was done."""

    CREATED = "created"
    LEARNT = "learnt"
    TARGETS = "targets"


class ProductLogEntry(WireStruct, frozen=True, kw_only=True):
    """One action.

    ``version``  that it made, None if it made none
    ``escapes``, ``overkill``  the risk targets that were set, None if none were
    """

    at: Time
    by: Annotated[str, Meta(min_length=1, max_length=200)]
    action: ProductAction
    version: int | None = None
    escapes: float | None = None
    overkill: float | None = None


def append_log(folder: Path, entry: ProductLogEntry) -> None:
    """Add a line to the log of a product's folder, durably. Raises ModelError."""
    path = folder / LOG_FILE
    try:
        append_line(path, entry.to_json())
    except OSError as error:
        raise ModelError(f"{path}: can't be written: {error.strerror}") from error


def read_log(folder: Path) -> list[ProductLogEntry]:
    """All entries, oldest first. Raises ModelError naming the file if it can't be read."""
    path = folder / LOG_FILE
    try:
        return [ProductLogEntry.from_json(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, WireError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
