"""Slab verdicts in the store's file: a few columns to search by, and the document."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from marbleline.adapters.stores.sqlite.columns import Value, insert, row
from marbleline.domain.slab import SlabVerdict
from marbleline.ports.slab_verdicts import Place, SlabQuery, StationCounts

MOST_TRIGGERS: Final = 10_000
_CHUNK: Final = 500
_SLAB: Final = f"{insert('slab_verdicts', SlabVerdict, 'document')} ON CONFLICT (slab_verdict_id) DO NOTHING"


def put_slab_verdict(slab: SlabVerdict, connection: sqlite3.Connection) -> None:
    """Write a slab verdict unless it is there."""
    connection.execute(_SLAB, (*row(slab), slab.to_json()))


def slab_verdict(connection: sqlite3.Connection, slab_verdict_id: str) -> SlabVerdict | None:
    """The verdict of this id."""
    found = connection.execute(
        "SELECT document FROM slab_verdicts WHERE slab_verdict_id = ?", (slab_verdict_id,)
    ).fetchone()
    return SlabVerdict.from_json(found[0]) if found else None


def slab_verdicts(
    connection: sqlite3.Connection, query: SlabQuery, limit: int, after: Place | None
) -> list[SlabVerdict]:
    """Slab verdicts, newest trigger first."""
    given: dict[str, Value] = {
        "line = ?": query.line,
        "station = ?": query.station,
        "slab_id = ?": query.slab_id,
        "decision = ?": query.decision,
        "defect = ?": query.defect,
        "grade = ?": query.grade,
        "triggered_at >= ?": query.since,
        "triggered_at <= ?": query.until,
    }
    conditions = [condition for condition, value in given.items() if value is not None]
    values = [value for value in given.values() if value is not None]
    if after is not None:
        conditions.append("(triggered_at, slab_verdict_id) < (?, ?)")
        values += after
    where = "WHERE " + " AND ".join(conditions) if conditions else ""
    rows = connection.execute(
        f"SELECT document FROM slab_verdicts {where}"  # noqa: S608
        " ORDER BY triggered_at DESC, slab_verdict_id DESC LIMIT ?",
        (*values, limit),
    )
    return [SlabVerdict.from_json(document) for (document,) in rows]


def which_slabs_judged(connection: sqlite3.Connection, slab_verdict_ids: Sequence[str]) -> frozenset[str]:
    """Those that are there."""
    found: set[str] = set()
    for start in range(0, len(slab_verdict_ids), _CHUNK):
        chunk = slab_verdict_ids[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        found.update(
            one
            for (one,) in connection.execute(
                f"SELECT slab_verdict_id FROM slab_verdicts WHERE slab_verdict_id IN ({marks})",  # noqa: S608
                tuple(chunk),
            )
        )
    return frozenset(found)


def slab_stations(connection: sqlite3.Connection) -> list[StationCounts]:
    """Counts by line and station."""
    rows = connection.execute(
        "SELECT line, station, sum(judged), sum(missed), sum(numbered), min(lowest), max(highest) FROM ("
        " SELECT line, station, sum(frames_seen > 0) AS judged, sum(frames_seen = 0) AS missed,"
        "  count(trigger) AS numbered, min(trigger) AS lowest, max(trigger) AS highest"
        " FROM slab_verdicts GROUP BY line, station"
        " UNION ALL"
        " SELECT line, station, 0, 0, 0, min(trigger), max(trigger)"
        " FROM verdicts WHERE trigger IS NOT NULL GROUP BY line, station"
        ") GROUP BY line, station ORDER BY line, station"
    )
    return [StationCounts(*one) for one in rows]


def count_triggers_judged(
    connection: sqlite3.Connection, line: str, station: str | None, low: int, high: int
) -> int:
    """How many slab verdicts have a trigger in the range."""
    (count,) = connection.execute(
        "SELECT count(*) FROM slab_verdicts WHERE line = ? AND station IS ? AND trigger BETWEEN ? AND ?",
        (line, station, low, high),
    ).fetchone()
    return int(count)


def triggers_seen(
    connection: sqlite3.Connection, line: str, station: str | None, low: int, high: int
) -> frozenset[int]:
    """Triggers in the range that verdicts of frames name."""
    rows = connection.execute(
        "SELECT DISTINCT trigger FROM verdicts WHERE line = ? AND station IS ? AND trigger BETWEEN ? AND ?"
        " LIMIT ?",
        (line, station, low, high, MOST_TRIGGERS),
    )
    return frozenset(trigger for (trigger,) in rows)
