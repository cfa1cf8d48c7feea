"""What is said beside the verdicts, in the store's file: a few columns to search by, and the document."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from marbleline.adapters.stores.sqlite.columns import Value, insert, row
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.defect_guide import GuideEntry
from marbleline.domain.label import Label
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.shadow_verdict import ShadowVerdict
from marbleline.ports.annotations import LabelQuery, ShadowVerdictQuery

_LABEL: Final = f"{insert('labels', Label, 'document')} ON CONFLICT (label_id) DO NOTHING"
_SHADOW_VERDICT: Final = (
    f"{insert('shadow_verdicts', ShadowVerdict, 'document')} ON CONFLICT (shadow_verdict_id) DO NOTHING"
)
_CHANGE: Final = f"{insert('product_changes', ProductChange, 'document')} ON CONFLICT (change_id) DO NOTHING"
_ALARM_EVENT: Final = f"{insert('alarm_events', AlarmEvent, 'document')} ON CONFLICT (event_id) DO NOTHING"
_SETUP: Final = f"{insert('camera_setups', CameraSetup, 'document')} ON CONFLICT (setup_id) DO NOTHING"
_GUIDE: Final = f"{insert('guide_entries', GuideEntry, 'document')} ON CONFLICT (entry_id) DO NOTHING"
_ALARM: Final = (
    f"{insert('alarms', Alarm, 'document')} ON CONFLICT (alarm_id) DO UPDATE"
    " SET at = excluded.at, document = excluded.document, checksum = excluded.checksum"
    " WHERE excluded.at >= alarms.at"
)


def put_label(label: Label, connection: sqlite3.Connection) -> None:
    """Write a label unless it is there."""
    connection.execute(_LABEL, (*row(label), label.to_json()))


def put_shadow_verdict(shadow_verdict: ShadowVerdict, connection: sqlite3.Connection) -> None:
    """Write a shadow verdict unless it is there."""
    connection.execute(_SHADOW_VERDICT, (*row(shadow_verdict), shadow_verdict.to_json()))


def put_alarms(alarms: Sequence[Alarm], connection: sqlite3.Connection) -> None:
    """Keep the newest state of each."""
    connection.executemany(_ALARM, [(*row(one), one.to_json()) for one in alarms])


def put_alarm_event(event: AlarmEvent, connection: sqlite3.Connection) -> None:
    """Write an event unless it is there."""
    connection.execute(_ALARM_EVENT, (*row(event), event.to_json()))


def alarm_events(
    connection: sqlite3.Connection, line: str, limit: int, after: str | None, alarm: tuple[str, str] | None
) -> list[AlarmEvent]:
    """A line's events, newest first."""
    kind, subject = alarm or (None, None)
    conditions: dict[str, Value] = {
        "line = ?": line,
        "kind = ?": kind,
        "subject = ?": subject,
        "event_id < ?": after,
    }
    found = _found(connection, "alarm_events", "event_id", conditions, limit)
    return [AlarmEvent.from_json(one) for one in found]


def put_camera_setup(setup: CameraSetup, connection: sqlite3.Connection) -> None:
    """Write a change unless it is there."""
    connection.execute(_SETUP, (*row(setup), setup.to_json()))


def camera_setups(connection: sqlite3.Connection, line: str, camera: str, limit: int) -> list[CameraSetup]:
    """The changes of a camera, newest first."""
    conditions: dict[str, Value] = {"line = ?": line, "camera = ?": camera}
    found = _found(connection, "camera_setups", "setup_id", conditions, limit)
    return [CameraSetup.from_json(one) for one in found]


def current_camera_setups(connection: sqlite3.Connection, line: str) -> list[CameraSetup]:
    """The newest change of each camera, by camera."""
    found = _newest_of_each(connection, "camera_setups", "setup_id", "camera", ("line", line))
    return [CameraSetup.from_json(one) for one in found]


def put_guide_entry(entry: GuideEntry, connection: sqlite3.Connection) -> None:
    """Write an entry unless it is there."""
    connection.execute(_GUIDE, (*row(entry), entry.to_json()))


def guide_entries(connection: sqlite3.Connection, product: str, topic: str, limit: int) -> list[GuideEntry]:
    """The entries on a topic, newest first."""
    conditions: dict[str, Value] = {"product = ?": product, "topic = ?": topic}
    found = _found(connection, "guide_entries", "entry_id", conditions, limit)
    return [GuideEntry.from_json(one) for one in found]


def current_guide(connection: sqlite3.Connection, product: str) -> list[GuideEntry]:
    """The newest entry on each topic, by topic."""
    found = _newest_of_each(connection, "guide_entries", "entry_id", "topic", ("product", product))
    return [GuideEntry.from_json(one) for one in found]


def put_product_change(change: ProductChange, connection: sqlite3.Connection) -> None:
    """Write a change unless it is there."""
    connection.execute(_CHANGE, (*row(change), change.to_json()))


def product_changes(connection: sqlite3.Connection, line: str, limit: int) -> list[ProductChange]:
    """The newest changes on a line."""
    found = _found(connection, "product_changes", "change_id", {"line = ?": line}, limit)
    return [ProductChange.from_json(one) for one in found]


def labels(connection: sqlite3.Connection, query: LabelQuery, limit: int, after: str | None) -> list[Label]:
    """Labels, newest first."""
    conditions: dict[str, Value] = {
        "line = ?": query.line,
        "camera = ?": query.camera,
        "product = ?": query.product,
        "frame_id = ?": query.frame_id,
        "by = ?": query.by,
        "truth = ?": query.truth,
        "at >= ?": query.since,
        "at <= ?": query.until,
        "label_id < ?": after,
    }
    return [Label.from_json(one) for one in _found(connection, "labels", "label_id", conditions, limit)]


def shadow_verdicts(
    connection: sqlite3.Connection, query: ShadowVerdictQuery, limit: int, after: str | None
) -> list[ShadowVerdict]:
    """Shadow verdicts, newest frame first."""
    conditions: dict[str, Value] = {
        "frame_id = ?": query.frame_id,
        "kind = ?": query.kind,
        "product = ?": query.product,
        "model_version = ?": query.model_version,
        "captured_at >= ?": query.since,
        "captured_at <= ?": query.until,
        "shadow_verdict_id < ?": after,
    }
    found = _found(connection, "shadow_verdicts", "shadow_verdict_id", conditions, limit)
    return [ShadowVerdict.from_json(one) for one in found]


def alarms(connection: sqlite3.Connection) -> list[Alarm]:
    """The newest state of each, by id."""
    rows = connection.execute("SELECT document FROM alarms ORDER BY alarm_id").fetchall()
    return [Alarm.from_json(document) for (document,) in rows]


def _newest_of_each(
    connection: sqlite3.Connection, table: str, key: str, field: str, of: tuple[str, str]
) -> list[bytes]:
    """Documents of the rows in which a column has a value (``of``): the highest key for each ``field``."""
    column, value = of
    newest = f"SELECT max({key}) FROM {table} WHERE {column} = ? GROUP BY {field}"  # noqa: S608
    rows = connection.execute(
        f"SELECT document FROM {table} WHERE {key} IN ({newest}) ORDER BY {field}",  # noqa: S608
        (value,),
    )
    return [document for (document,) in rows]


def _found(
    connection: sqlite3.Connection, table: str, key: str, conditions: dict[str, Value], limit: int
) -> list[bytes]:
    given = {condition: value for condition, value in conditions.items() if value is not None}
    where = "WHERE " + " AND ".join(given) if given else ""
    rows = connection.execute(
        f"SELECT document FROM {table} {where} ORDER BY {key} DESC LIMIT ?",  # noqa: S608
        (*given.values(), limit),
    )
    return [document for (document,) in rows]
