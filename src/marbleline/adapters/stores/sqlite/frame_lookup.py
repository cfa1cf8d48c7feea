"""Frames by camera and sequence, for whoever accounts for each of them. The file must be sound."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from marbleline.adapters.sqlite.opening import connect
from marbleline.domain.frame import Frame
from marbleline.domain.records import FrameRecord


def sequences(path: Path, table: str) -> dict[str, set[int]]:
    """Camera -> the sequences that ``frames`` or ``verdicts`` has. Raises sqlite3.Error."""
    found: dict[str, set[int]] = {}
    with closing(connect(path)) as connection:
        for camera, sequence in connection.execute(f"SELECT camera, sequence FROM {table}"):  # noqa: S608
            found.setdefault(camera, set()).add(sequence)
    return found


def frames_at(path: Path, camera: str, wanted: Sequence[int]) -> Iterator[FrameRecord]:
    """The frames of these sequences, with their pictures. Raises sqlite3.Error."""
    with closing(connect(path)) as connection:
        for sequence in wanted:
            row: tuple[bytes, bytes] | None = _row(connection, camera, sequence)
            if row is not None:
                yield FrameRecord(Frame.from_json(row[0]), row[1])


def _row(connection: sqlite3.Connection, camera: str, sequence: int) -> tuple[bytes, bytes] | None:
    found: tuple[bytes, bytes] | None = connection.execute(
        "SELECT document, image FROM frames WHERE camera = ? AND sequence = ? LIMIT 1", (camera, sequence)
    ).fetchone()
    return found
