"""Which frames the broker holds, for the ledger."""

import sqlite3
from collections.abc import Iterable, Sequence

from marbleline.ports.inventory import Inventory
from marbleline.ports.topology import VERDICT_RECORDS, Queue, holds_copies

_Frames = dict[str, dict[str, int]]


def inventory(connection: sqlite3.Connection, queues: Sequence[Queue]) -> Inventory:
    """Frames by camera, told by the headers ``camera`` and ``sequence``; messages without are unknown."""
    pending, no_frames = _by_camera(
        _waiting(connection, [one.name for one in queues if one.counts_as_pending])
    )
    unrecorded, no_verdicts = _by_camera(_waiting(connection, [VERDICT_RECORDS.name]))
    dead_letters = connection.execute(
        "SELECT message_id, camera, sequence, queue FROM dead_letters JOIN messages ON messages.id = message"
    )
    dead, _ = _by_camera(row[:3] for row in dead_letters if not holds_copies(row[3]))
    discarded, _ = _by_camera(connection.execute("SELECT message_id, camera, sequence FROM discarded"))
    return Inventory(pending, unrecorded, dead, discarded, unknown=no_frames + no_verdicts)


def _waiting(connection: sqlite3.Connection, queues: Sequence[str]) -> Iterable[tuple[str, str, int]]:
    for queue in queues:
        yield from connection.execute(
            "SELECT message_id, camera, sequence FROM entries JOIN messages ON messages.id = message"
            " WHERE queue = ?",
            (queue,),
        )


def _by_camera(rows: Iterable[tuple[str, str | None, int | None]]) -> tuple[_Frames, int]:
    frames: _Frames = {}
    unknown = 0
    for message_id, camera, sequence in rows:
        if camera is None or sequence is None:
            unknown += 1
        else:
            frames.setdefault(camera, {})[message_id] = sequence
    return frames, unknown
