"""The store on one SQLite file."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.sqlite import Database
from marbleline.adapters.stores.sqlite import annotations, queries, review_queue, slab_verdicts
from marbleline.adapters.stores.sqlite.columns import insert, row
from marbleline.adapters.stores.sqlite.schema import SCHEMA
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.defect_guide import GuideEntry
from marbleline.domain.label import Label
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.records import CameraReport, FrameRecord
from marbleline.domain.shadow_verdict import ShadowVerdict
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.verdict import Verdict
from marbleline.errors import StoreUnavailable, WireError
from marbleline.ports.annotations import LabelQuery, ShadowVerdictQuery
from marbleline.ports.frames import KeptPicture
from marbleline.ports.rejection import Rejection
from marbleline.ports.review_queue import ReviewCounts, ReviewPlace, ReviewQuery
from marbleline.ports.slab_verdicts import Place, SlabQuery, StationCounts
from marbleline.ports.verdict_statistics import Dimension, Period, PeriodCount
from marbleline.ports.verdicts import Bucket, JudgedSequences, VerdictCounts, VerdictQuery

if TYPE_CHECKING:
    from marbleline.ports.store import Store

_FRAME: Final = f"{insert('frames', FrameRecord, 'document', 'image')} ON CONFLICT (frame_id) DO NOTHING"
_VERDICT: Final = f"{insert('verdicts', Verdict, key='id')} ON CONFLICT (frame_id) DO NOTHING"
_DOCUMENT: Final = (
    "INSERT INTO documents (id, document, checksum) VALUES (?1, ?2, row_checksum('documents', ?1, ?2))"
)
_CAMERA: Final = (
    f"{insert('cameras', CameraReport, 'document')} ON CONFLICT (camera) DO UPDATE"
    " SET reported_at = excluded.reported_at, document = excluded.document, checksum = excluded.checksum"
)
# What SQLite or its Python module says of values that no later try could store: a number beyond 64 bits
# or that is none, text that is no Unicode, a document beyond the limit of a gigabyte.
_NEVER: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    ValueError,
    TypeError,
)


class SqliteStore:
    """One worker's connection. Used by one thread at a time, by as many processes as you like."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA, StoreUnavailable)

    def put_frames(self, records: Sequence[FrameRecord]) -> list[Rejection]:
        """See ``ports.frames.Frames.put_frames``."""
        return self._put([(one.frame.frame_id, partial(_put_frame, one)) for one in records])

    def put_verdicts(self, verdicts: Sequence[Verdict]) -> list[Rejection]:
        """See ``ports.verdicts.Verdicts.put_verdicts``."""
        return self._put([(one.frame.frame_id, partial(_put_verdict, one)) for one in verdicts])

    def put_cameras(self, reports: Sequence[CameraReport]) -> None:
        """See ``ports.camera_reports.CameraReports.put_cameras``."""
        with self._database.write() as connection:
            for one in reports:
                if not _newer_is_there(connection, one):
                    connection.execute(_CAMERA, (*row(one), one.to_json()))

    def image(self, frame_id: str) -> bytes | None:
        """See ``ports.frames.Frames.image``."""
        with self._database.read() as connection:
            return queries.image(connection, frame_id)

    def verdict(self, frame_id: str) -> Verdict | None:
        """See ``ports.verdicts.Verdicts.verdict``."""
        with self._database.read() as connection:
            document = queries.document(connection, frame_id)
        return None if document is None else Verdict.from_json(document)

    def search(self, query: VerdictQuery, limit: int, after: str | None = None) -> list[Verdict]:
        """See ``ports.verdicts.Verdicts.search``."""
        with self._database.read() as connection:
            documents = queries.search(connection, query, limit, after)
        return [Verdict.from_json(document) for document in documents]

    def counts(self, query: VerdictQuery) -> VerdictCounts:
        """See ``ports.verdicts.Verdicts.counts``."""
        with self._database.read() as connection:
            return queries.counts(connection, query)

    def hourly(self, query: VerdictQuery, step_us: int) -> list[Bucket]:
        """See ``ports.verdicts.Verdicts.hourly``."""
        with self._database.read() as connection:
            return queries.hourly(connection, query, step_us)

    def count_by_period(
        self, query: VerdictQuery, periods: Sequence[Period], by: Dimension | None
    ) -> list[PeriodCount]:
        """See ``ports.verdict_statistics.VerdictStatistics.count_by_period``."""
        with self._database.read() as connection:
            return queries.count_by_period(connection, query, periods, by)

    def cameras(self) -> list[CameraReport]:
        """See ``ports.camera_reports.CameraReports.cameras``."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT document FROM cameras ORDER BY camera").fetchall()
        return [CameraReport.from_json(document) for (document,) in rows]

    def highest_sequences(self) -> dict[str, int]:
        """See ``ports.verdicts.Verdicts.highest_sequences``."""
        with self._database.read() as connection:
            return queries.highest_sequences(connection)

    def judged(self, camera: str, up_to: int) -> JudgedSequences:
        """See ``ports.verdicts.Verdicts.judged``."""
        with self._database.read() as connection:
            return queries.judged(connection, camera, up_to)

    def which_judged(self, frame_ids: Sequence[str]) -> frozenset[str]:
        """See ``ports.verdicts.Verdicts.which_judged``."""
        with self._database.read() as connection:
            return queries.which_judged(connection, frame_ids)

    def put_labels(self, labels: Sequence[Label]) -> list[Rejection]:
        """See ``ports.annotations.Labels.put_labels``."""
        return self._put([(one.label_id, partial(annotations.put_label, one)) for one in labels])

    def labels(self, query: LabelQuery, limit: int, after: str | None = None) -> list[Label]:
        """See ``ports.annotations.Labels.labels``."""
        with self._database.read() as connection:
            return annotations.labels(connection, query, limit, after)

    def review_page(self, query: ReviewQuery, limit: int, after: ReviewPlace | None = None) -> list[Verdict]:
        """See ``ports.review_queue.ReviewQueue.review_page``."""
        with self._database.read() as connection:
            documents = review_queue.review_page(connection, query, limit, after)
        return [Verdict.from_json(document) for document in documents]

    def review_counts(self, line: str) -> ReviewCounts:
        """See ``ports.review_queue.ReviewQueue.review_counts``."""
        with self._database.read() as connection:
            return review_queue.review_counts(connection, line)

    def complete_review_queue(self, verdicts: Sequence[Verdict], labels: Sequence[Label]) -> int:
        """See ``ports.review_queue.ReviewQueue``: here the queue is worked out when it is asked."""
        return 0

    def put_shadow_verdicts(self, shadow_verdicts: Sequence[ShadowVerdict]) -> list[Rejection]:
        """See ``ports.annotations.ShadowVerdicts.put_shadow_verdicts``."""
        return self._put(
            [(one.shadow_verdict_id, partial(annotations.put_shadow_verdict, one)) for one in shadow_verdicts]
        )

    def shadow_verdicts(
        self, query: ShadowVerdictQuery, limit: int, after: str | None = None
    ) -> list[ShadowVerdict]:
        """See ``ports.annotations.ShadowVerdicts.shadow_verdicts``."""
        with self._database.read() as connection:
            return annotations.shadow_verdicts(connection, query, limit, after)

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """See ``ports.annotations.Alarms.put_alarms``."""
        with self._database.write() as connection:
            annotations.put_alarms(alarms, connection)

    def alarms(self) -> list[Alarm]:
        """See ``ports.annotations.Alarms.alarms``."""
        with self._database.read() as connection:
            return annotations.alarms(connection)

    def put_alarm_events(self, events: Sequence[AlarmEvent]) -> list[Rejection]:
        """See ``ports.annotations.AlarmHistory.put_alarm_events``."""
        return self._put([(one.event_id, partial(annotations.put_alarm_event, one)) for one in events])

    def alarm_events(
        self, line: str, limit: int, after: str | None = None, alarm: tuple[str, str] | None = None
    ) -> list[AlarmEvent]:
        """See ``ports.annotations.AlarmHistory.alarm_events``."""
        with self._database.read() as connection:
            return annotations.alarm_events(connection, line, limit, after, alarm)

    def put_camera_setups(self, setups: Sequence[CameraSetup]) -> list[Rejection]:
        """See ``ports.camera_setups.CameraSetups.put_camera_setups``."""
        return self._put([(one.setup_id, partial(annotations.put_camera_setup, one)) for one in setups])

    def camera_setups(self, line: str, camera: str, limit: int) -> list[CameraSetup]:
        """See ``ports.camera_setups.CameraSetups.camera_setups``."""
        with self._database.read() as connection:
            return annotations.camera_setups(connection, line, camera, limit)

    def current_camera_setups(self, line: str) -> list[CameraSetup]:
        """See ``ports.camera_setups.CameraSetups.current_camera_setups``."""
        with self._database.read() as connection:
            return annotations.current_camera_setups(connection, line)

    def put_guide_entries(self, entries: Sequence[GuideEntry]) -> list[Rejection]:
        """See ``ports.defect_guide.DefectGuide.put_guide_entries``."""
        return self._put([(one.entry_id, partial(annotations.put_guide_entry, one)) for one in entries])

    def guide_entries(self, product: str, topic: str, limit: int) -> list[GuideEntry]:
        """See ``ports.defect_guide.DefectGuide.guide_entries``."""
        with self._database.read() as connection:
            return annotations.guide_entries(connection, product, topic, limit)

    def current_guide(self, product: str) -> list[GuideEntry]:
        """See ``ports.defect_guide.DefectGuide.current_guide``."""
        with self._database.read() as connection:
            return annotations.current_guide(connection, product)

    def put_product_changes(self, changes: Sequence[ProductChange]) -> list[Rejection]:
        """See ``ports.product_switches.ProductChanges.put_product_changes``."""
        return self._put([(one.change_id, partial(annotations.put_product_change, one)) for one in changes])

    def product_changes(self, line: str, limit: int) -> list[ProductChange]:
        """See ``ports.product_switches.ProductChanges.product_changes``."""
        with self._database.read() as connection:
            return annotations.product_changes(connection, line, limit)

    def put_slab_verdicts(self, slabs: Sequence[SlabVerdict]) -> list[Rejection]:
        """See ``ports.slab_verdicts.SlabVerdicts.put_slab_verdicts``."""
        return self._put(
            [(one.slab_verdict_id, partial(slab_verdicts.put_slab_verdict, one)) for one in slabs]
        )

    def slab_verdict(self, slab_verdict_id: str) -> SlabVerdict | None:
        """See ``ports.slab_verdicts.SlabVerdicts.slab_verdict``."""
        with self._database.read() as connection:
            return slab_verdicts.slab_verdict(connection, slab_verdict_id)

    def slab_verdicts(self, query: SlabQuery, limit: int, after: Place | None = None) -> list[SlabVerdict]:
        """See ``ports.slab_verdicts.SlabVerdicts.slab_verdicts``."""
        with self._database.read() as connection:
            return slab_verdicts.slab_verdicts(connection, query, limit, after)

    def which_slabs_judged(self, slab_verdict_ids: Sequence[str]) -> frozenset[str]:
        """See ``ports.slab_verdicts.SlabVerdicts.which_slabs_judged``."""
        with self._database.read() as connection:
            return slab_verdicts.which_slabs_judged(connection, slab_verdict_ids)

    def slab_stations(self) -> list[StationCounts]:
        """See ``ports.slab_verdicts.SlabVerdicts.slab_stations``."""
        with self._database.read() as connection:
            return slab_verdicts.slab_stations(connection)

    def count_triggers_judged(self, line: str, station: str | None, low: int, high: int) -> int:
        """See ``ports.slab_verdicts.SlabVerdicts.count_triggers_judged``."""
        with self._database.read() as connection:
            return slab_verdicts.count_triggers_judged(connection, line, station, low, high)

    def triggers_seen(self, line: str, station: str | None, low: int, high: int) -> frozenset[int]:
        """See ``ports.slab_verdicts.SlabVerdicts.triggers_seen``."""
        with self._database.read() as connection:
            return slab_verdicts.triggers_seen(connection, line, station, low, high)

    def pictures(self, until: int, limit: int, after: str | None = None) -> list[KeptPicture]:
        """See ``ports.frames.Frames.pictures``."""
        with self._database.read() as connection:
            return queries.pictures(connection, until, limit, after)

    def picture_bytes(self) -> int:
        """See ``ports.frames.Frames.picture_bytes``."""
        with self._database.read() as connection:
            return queries.picture_bytes(connection)

    def forget_pictures(self, frame_ids: Sequence[str]) -> None:
        """See ``ports.frames.Frames.forget_pictures``. The file keeps its size and uses it again."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM frames WHERE frame_id = ?", [(one,) for one in frame_ids])

    def check(self) -> None:
        """See ``ports.connection.Connection.check``."""
        self._database.check()

    def close(self) -> None:
        """See ``ports.connection.Connection.close``."""
        self._database.close()

    def _put(self, writes: Iterable[tuple[str, Callable[[sqlite3.Connection], None]]]) -> list[Rejection]:
        rejections = []
        with self._database.write() as connection:
            for document_id, write in writes:
                try:
                    write(connection)
                except _NEVER as error:
                    rejections.append(Rejection(document_id, f"{type(error).__name__}: {error}"))
        return rejections


def _put_frame(record: FrameRecord, connection: sqlite3.Connection) -> None:
    connection.execute(_FRAME, (*row(record), record.frame.to_json(), record.image))


def _put_verdict(verdict: Verdict, connection: sqlite3.Connection) -> None:
    document = verdict.to_json()
    if number := insert_verdict(verdict, connection):
        connection.execute(_DOCUMENT, (number, document))


def insert_verdict(verdict: Verdict, connection: sqlite3.Connection, number: int | None = None) -> int | None:
    """Insert all but its document, as row ``number`` or a new one; None if its frame has a verdict."""
    written = connection.execute(_VERDICT, (*row(verdict), number))
    return written.lastrowid if written.rowcount else None


if TYPE_CHECKING:
    # It keeps every part of the port, or mypy fails here.
    _port: type[Store] = SqliteStore


def _newer_is_there(connection: sqlite3.Connection, report: CameraReport) -> bool:
    found = connection.execute("SELECT document FROM cameras WHERE camera = ?", (report.camera,)).fetchone()
    try:
        return found is not None and CameraReport.from_json(found[0]).order > report.order
    except WireError:  # a damaged one
        return False
