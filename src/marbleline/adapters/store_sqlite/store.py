"""The store on one SQLite file."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from marbleline.adapters.sqlite import Database
from marbleline.adapters.store_sqlite import questions, remarks
from marbleline.adapters.store_sqlite.schema import SCHEMA
from marbleline.domain.alarm import Alarm
from marbleline.domain.label import Label
from marbleline.domain.opinion import Opinion
from marbleline.domain.records import CameraReport, FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.errors import StoreUnavailable
from marbleline.ports.pictures import KeptPicture
from marbleline.ports.remarks import LabelQuery, OpinionQuery
from marbleline.ports.store import Bucket, Judged, Rejection, VerdictCounts, VerdictQuery

_FRAME: Final = "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (frame_id) DO NOTHING"
_VERDICT: Final = (
    "INSERT INTO verdicts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (frame_id) DO NOTHING"
)
_CAMERA: Final = (
    "INSERT INTO cameras VALUES (?, ?, ?) ON CONFLICT (camera) DO UPDATE"
    " SET reported_at = excluded.reported_at, headers = excluded.headers"
    " WHERE excluded.reported_at >= cameras.reported_at"
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
        """See ``ports.store.Store.put_frames``."""
        return self._put([(one.frame.frame_id, partial(_put_frame, one)) for one in records])

    def put_verdicts(self, verdicts: Sequence[Verdict]) -> list[Rejection]:
        """See ``ports.store.Store.put_verdicts``."""
        return self._put([(one.frame.frame_id, partial(_put_verdict, one)) for one in verdicts])

    def put_cameras(self, reports: Sequence[CameraReport]) -> None:
        """See ``ports.store.Store.put_cameras``."""
        with self._database.write() as connection:
            connection.executemany(
                _CAMERA, [(one.camera, one.reported_at, json.dumps(one.to_headers())) for one in reports]
            )

    def image(self, frame_id: str) -> bytes | None:
        """See ``ports.store.Store.image``."""
        with self._database.read() as connection:
            return questions.image(connection, frame_id)

    def verdict(self, frame_id: str) -> Verdict | None:
        """See ``ports.store.Store.verdict``."""
        with self._database.read() as connection:
            document = questions.document(connection, frame_id)
        return None if document is None else Verdict.from_json(document)

    def search(self, query: VerdictQuery, limit: int, after: str | None = None) -> list[Verdict]:
        """See ``ports.store.Store.search``."""
        with self._database.read() as connection:
            documents = questions.search(connection, query, limit, after)
        return [Verdict.from_json(document) for document in documents]

    def counts(self, query: VerdictQuery) -> VerdictCounts:
        """See ``ports.store.Store.counts``."""
        with self._database.read() as connection:
            return questions.counts(connection, query)

    def hourly(self, query: VerdictQuery, step_us: int) -> list[Bucket]:
        """See ``ports.store.Store.hourly``."""
        with self._database.read() as connection:
            return questions.hourly(connection, query, step_us)

    def cameras(self) -> list[CameraReport]:
        """See ``ports.store.Store.cameras``."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT headers FROM cameras ORDER BY camera").fetchall()
        return [CameraReport.from_headers(json.loads(headers)) for (headers,) in rows]

    def highest_sequences(self) -> dict[str, int]:
        """See ``ports.store.Store.highest_sequences``."""
        with self._database.read() as connection:
            return questions.highest_sequences(connection)

    def judged(self, camera: str, up_to: int) -> Judged:
        """See ``ports.store.Store.judged``."""
        with self._database.read() as connection:
            return questions.judged(connection, camera, up_to)

    def which_judged(self, frame_ids: Sequence[str]) -> frozenset[str]:
        """See ``ports.store.Store.which_judged``."""
        with self._database.read() as connection:
            return questions.which_judged(connection, frame_ids)

    def put_labels(self, labels: Sequence[Label]) -> list[Rejection]:
        """See ``ports.remarks.Remarks.put_labels``."""
        return self._put([(one.label_id, partial(remarks.put_label, one)) for one in labels])

    def labels(self, query: LabelQuery, limit: int, after: str | None = None) -> list[Label]:
        """See ``ports.remarks.Remarks.labels``."""
        with self._database.read() as connection:
            return remarks.labels(connection, query, limit, after)

    def put_opinions(self, opinions: Sequence[Opinion]) -> list[Rejection]:
        """See ``ports.remarks.Remarks.put_opinions``."""
        return self._put([(one.opinion_id, partial(remarks.put_opinion, one)) for one in opinions])

    def opinions(self, query: OpinionQuery, limit: int, after: str | None = None) -> list[Opinion]:
        """See ``ports.remarks.Remarks.opinions``."""
        with self._database.read() as connection:
            return remarks.opinions(connection, query, limit, after)

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """See ``ports.remarks.Remarks.put_alarms``."""
        with self._database.write() as connection:
            remarks.put_alarms(alarms, connection)

    def alarms(self) -> list[Alarm]:
        """See ``ports.remarks.Remarks.alarms``."""
        with self._database.read() as connection:
            return remarks.alarms(connection)

    def pictures(self, until: int, limit: int, after: str | None = None) -> list[KeptPicture]:
        """See ``ports.pictures.Pictures.pictures``."""
        with self._database.read() as connection:
            return questions.pictures(connection, until, limit, after)

    def picture_bytes(self) -> int:
        """See ``ports.pictures.Pictures.picture_bytes``."""
        with self._database.read() as connection:
            return questions.picture_bytes(connection)

    def forget_pictures(self, frame_ids: Sequence[str]) -> None:
        """See ``ports.pictures.Pictures.forget_pictures``. The file keeps its size and uses it again."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM frames WHERE frame_id = ?", [(one,) for one in frame_ids])

    def check(self) -> None:
        """See ``ports.store.Store.check``."""
        self._database.check()

    def close(self) -> None:
        """See ``ports.store.Store.close``."""
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
    frame = record.frame
    headers = json.dumps(frame.to_headers(), separators=(",", ":"))
    connection.execute(
        _FRAME, (frame.frame_id, frame.camera, frame.sequence, frame.captured_at, headers, record.image)
    )


def _put_verdict(verdict: Verdict, connection: sqlite3.Connection) -> None:
    frame = verdict.frame
    document = verdict.to_json()
    written = connection.execute(
        _VERDICT,
        (
            frame.frame_id,
            frame.line,
            frame.camera,
            frame.sequence,
            frame.slab_id,
            frame.captured_at,
            verdict.decision.value,
            verdict.defect,
            verdict.faulty_probability,
            verdict.model.version,
            int(verdict.late),
        ),
    )
    if written.rowcount:
        connection.execute("INSERT INTO documents VALUES (?, ?)", (written.lastrowid, document))
