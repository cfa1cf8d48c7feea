"""Labels, opinions and alarms in the store's file: a few columns to search by, and the document."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from marbleline.domain.alarm import Alarm
from marbleline.domain.label import Label
from marbleline.domain.opinion import Opinion
from marbleline.ports.remarks import LabelQuery, OpinionQuery

_LABEL: Final = "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (label_id) DO NOTHING"
_OPINION: Final = "INSERT INTO opinions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (opinion_id) DO NOTHING"
_ALARM: Final = (
    "INSERT INTO alarms VALUES (?, ?, ?) ON CONFLICT (alarm_id) DO UPDATE"
    " SET at = excluded.at, document = excluded.document WHERE excluded.at >= alarms.at"
)
_Value = str | int | None


def put_label(label: Label, connection: sqlite3.Connection) -> None:
    """Write a label unless it is there."""
    row = (label.label_id, label.frame_id, label.line, label.camera, label.by, label.truth, label.at)
    connection.execute(_LABEL, (*row, json.dumps(label.to_document())))


def put_opinion(opinion: Opinion, connection: sqlite3.Connection) -> None:
    """Write an opinion unless it is there."""
    verdict = opinion.verdict
    row = (opinion.opinion_id, verdict.frame.frame_id, opinion.kind.value)
    rest = (verdict.model.version, verdict.frame.captured_at, json.dumps(opinion.to_document()))
    connection.execute(_OPINION, (*row, *rest))


def put_alarms(alarms: Sequence[Alarm], connection: sqlite3.Connection) -> None:
    """Keep the newest state of each."""
    connection.executemany(_ALARM, [(one.alarm_id, one.at, json.dumps(one.to_document())) for one in alarms])


def labels(connection: sqlite3.Connection, query: LabelQuery, limit: int, after: str | None) -> list[Label]:
    """Labels, newest first."""
    conditions: dict[str, _Value] = {
        "line = ?": query.line,
        "camera = ?": query.camera,
        "frame_id = ?": query.frame_id,
        "by = ?": query.by,
        "truth = ?": query.truth,
        "at >= ?": query.since,
        "at <= ?": query.until,
        "label_id < ?": after,
    }
    return [Label.from_document(one) for one in _found(connection, "labels", "label_id", conditions, limit)]


def opinions(
    connection: sqlite3.Connection, query: OpinionQuery, limit: int, after: str | None
) -> list[Opinion]:
    """Opinions, newest frame first."""
    conditions: dict[str, _Value] = {
        "frame_id = ?": query.frame_id,
        "kind = ?": query.kind,
        "model_version = ?": query.model_version,
        "captured_at >= ?": query.since,
        "captured_at <= ?": query.until,
        "opinion_id < ?": after,
    }
    found = _found(connection, "opinions", "opinion_id", conditions, limit)
    return [Opinion.from_document(one) for one in found]


def alarms(connection: sqlite3.Connection) -> list[Alarm]:
    """The newest state of each, by id."""
    rows = connection.execute("SELECT document FROM alarms ORDER BY alarm_id").fetchall()
    return [Alarm.from_document(json.loads(document)) for (document,) in rows]


def _found(
    connection: sqlite3.Connection, table: str, key: str, conditions: dict[str, _Value], limit: int
) -> list[dict[str, object]]:
    given = {condition: value for condition, value in conditions.items() if value is not None}
    where = "WHERE " + " AND ".join(given) if given else ""
    rows = connection.execute(
        f"SELECT document FROM {table} {where} ORDER BY {key} DESC LIMIT ?",  # noqa: S608
        (*given.values(), limit),
    )
    return [json.loads(document) for (document,) in rows]
