"""What is asked of the store, as SQL."""

import json
import sqlite3
from collections.abc import Sequence

from marbleline.domain.decision import Decision
from marbleline.ports.frames import KeptPicture
from marbleline.ports.verdict_statistics import Dimension, Period, PeriodCount
from marbleline.ports.verdicts import Bucket, JudgedSequences, VerdictCounts, VerdictQuery

_Values = str | int | float
_CHUNK = 500


def search(connection: sqlite3.Connection, query: VerdictQuery, limit: int, after: str | None) -> list[bytes]:
    """Documents of verdicts, newest first, after the given frame."""
    conditions, values = _conditions(query)
    if after is not None:
        conditions.append("frame_id < ?")
        values.append(after)
    rows = connection.execute(
        "SELECT document FROM"  # noqa: S608
        f" (SELECT id, frame_id FROM verdicts {_where(conditions)} ORDER BY frame_id DESC LIMIT ?)"
        " JOIN documents USING (id) ORDER BY frame_id DESC",
        (*values, limit),
    )
    return [document for (document,) in rows]


def counts(connection: sqlite3.Connection, query: VerdictQuery) -> VerdictCounts:
    """Counts of what ``search`` would find."""
    conditions, values = _conditions(query)
    by_decision = {decision.value: 0 for decision in Decision}
    by_defect: dict[str, int] = {}
    rows = connection.execute(
        # With the plus signs the index is chosen by the conditions, not for the grouping's sake.
        f"SELECT decision, defect, count(*) FROM verdicts {_where(conditions)}"  # noqa: S608
        " GROUP BY +decision, +defect",
        values,
    )
    for decision, defect, count in rows:
        by_decision[decision] = by_decision.get(decision, 0) + count
        if decision == Decision.FAULTY and defect is not None:
            by_defect[defect] = count
    return VerdictCounts(sum(by_decision.values()), by_decision, by_defect)


def hourly(connection: sqlite3.Connection, query: VerdictQuery, step_us: int) -> list[Bucket]:
    """Counts in steps from ``query.since`` on."""
    conditions, values = _conditions(query)
    origin = query.since or 0
    rows = connection.execute(
        "SELECT (captured_at - ?) / ? AS step, camera, decision, defect, count(*)"  # noqa: S608
        f" FROM verdicts {_where(conditions)} GROUP BY step, +camera, +decision, +defect"
        " ORDER BY step, camera, decision, defect",
        (origin, step_us, *values),
    )
    return [
        Bucket(origin + step * step_us, camera, decision, defect, count)
        for step, camera, decision, defect, count in rows
    ]


def count_by_period(
    connection: sqlite3.Connection, query: VerdictQuery, periods: Sequence[Period], by: Dimension | None
) -> list[PeriodCount]:
    """Counts by period and dimension."""
    conditions, values = _conditions(query)
    spans = json.dumps([[period.since, period.until] for period in periods])
    group = by.value if by else "''"
    rows = connection.execute(
        # One search of the index of times for each period; CROSS JOIN keeps the periods outside.
        f"SELECT since, {group}, decision, defect, count(*), sum(late) FROM"  # noqa: S608
        " (SELECT json_extract(value, '$[0]') AS since, json_extract(value, '$[1]') AS before"
        " FROM json_each(?)) CROSS JOIN verdicts"
        f" {_where(['captured_at >= since', 'captured_at < before', *conditions])}"
        " GROUP BY 1, 2, 3, 4",
        (spans, *values),
    )
    return sorted(
        PeriodCount(since, str(group), decision, defect or "", count, late)
        for since, group, decision, defect, count, late in rows
    )


def document(connection: sqlite3.Connection, frame_id: str) -> bytes | None:
    """The document of a frame's verdict."""
    row = connection.execute(
        "SELECT document FROM verdicts JOIN documents USING (id) WHERE frame_id = ?", (frame_id,)
    ).fetchone()
    return None if row is None else row[0]


def image(connection: sqlite3.Connection, frame_id: str) -> bytes | None:
    """A frame's picture."""
    row = connection.execute("SELECT image FROM frames WHERE frame_id = ?", (frame_id,)).fetchone()
    return None if row is None else row[0]


def pictures(connection: sqlite3.Connection, until: int, limit: int, after: str | None) -> list[KeptPicture]:
    """Pictures captured up to a moment, oldest first, with their verdicts' decisions."""
    rows = connection.execute(
        "SELECT frames.frame_id, frames.captured_at, length(image), decision"
        " FROM frames LEFT JOIN verdicts USING (frame_id)"
        " WHERE frames.captured_at <= ? AND frames.frame_id > ? ORDER BY frames.frame_id LIMIT ?",
        (until, after or "", limit),
    )
    return [
        KeptPicture(frame_id, at, size, None if decision is None else Decision(decision))
        for frame_id, at, size, decision in rows
    ]


def picture_bytes(connection: sqlite3.Connection) -> int:
    """Bytes of all pictures."""
    (total,) = connection.execute("SELECT coalesce(sum(length(image)), 0) FROM frames").fetchone()
    return int(total)


def judged(connection: sqlite3.Connection, camera: str, up_to: int) -> JudgedSequences:
    """How many sequences and verdicts of a camera there are, up to a sequence."""
    row = connection.execute(
        "SELECT count(DISTINCT sequence), count(*) FROM verdicts WHERE camera = ? AND sequence <= ?",
        (camera, up_to),
    ).fetchone()
    return JudgedSequences(*row)


def which_judged(connection: sqlite3.Connection, frame_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that have a verdict."""
    found: set[str] = set()
    for start in range(0, len(frame_ids), _CHUNK):
        chunk = frame_ids[start : start + _CHUNK]
        places = ", ".join("?" * len(chunk))
        rows = connection.execute(f"SELECT frame_id FROM verdicts WHERE frame_id IN ({places})", chunk)  # noqa: S608
        found.update(frame_id for (frame_id,) in rows)
    return frozenset(found)


def highest_sequences(connection: sqlite3.Connection) -> dict[str, int]:
    """Camera -> highest sequence; steps from camera to camera in the index, whatever its length."""
    highest: dict[str, int] = {}
    for table in ("frames", "verdicts"):
        rows = connection.execute(
            "WITH RECURSIVE names (camera) AS ("  # noqa: S608
            f" SELECT min(camera) FROM {table} UNION ALL"
            f" SELECT (SELECT min(camera) FROM {table} WHERE camera > names.camera) FROM names"
            " WHERE camera IS NOT NULL)"
            f" SELECT camera, (SELECT max(sequence) FROM {table} WHERE camera = names.camera) FROM names"
            " WHERE camera IS NOT NULL"
        )
        for camera, sequence in rows:
            highest[camera] = max(sequence, highest.get(camera, 0))
    return highest


def _conditions(query: VerdictQuery) -> tuple[list[str], list[_Values]]:
    asked: tuple[tuple[str, _Values | None], ...] = (
        ("line = ?", query.line),
        ("camera = ?", query.camera),
        ("slab_id = ?", query.slab_id),
        ("product = ?", query.product),
        ("decision = ?", query.decision),
        ("defect = ?", query.defect),
        ("model_version = ?", query.model_version),
        ("captured_at >= ?", query.since),
        ("captured_at <= ?", query.until),
        ("faulty_probability >= ?", query.min_faulty_probability),
        ("faulty_probability <= ?", query.max_faulty_probability),
    )
    given = [(condition, value) for condition, value in asked if value is not None]
    conditions = [condition for condition, _ in given]
    if query.late is not None:
        # A constant, for only that lets the index of late ones be used.
        conditions.append(f"late = {int(query.late)}")
    return conditions, [value for _, value in given]


def _where(conditions: Sequence[str]) -> str:
    return "WHERE " + " AND ".join(conditions) if conditions else ""
