"""The store port on Elasticsearch."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from marbleline.adapters.stores.elasticsearch import documents, health, queries
from marbleline.adapters.stores.elasticsearch.annotations import ElasticsearchAnnotations
from marbleline.adapters.stores.elasticsearch.bulk import Bulk, Write
from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection
from marbleline.adapters.stores.elasticsearch.indices import Indices
from marbleline.adapters.stores.elasticsearch.lifecycle import Keep
from marbleline.adapters.stores.elasticsearch.marks import Marks
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.elasticsearch.pictures import ElasticsearchPictures
from marbleline.adapters.stores.elasticsearch.reading import Reading, buckets
from marbleline.adapters.stores.elasticsearch.slab_verdicts import ElasticsearchSlabVerdicts
from marbleline.domain.decision import Decision
from marbleline.domain.records import CameraReport, FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.ports.rejection import Rejection
from marbleline.ports.verdict_statistics import Dimension, Period, PeriodCount
from marbleline.ports.verdicts import Bucket, JudgedSequences, VerdictCounts, VerdictQuery

if TYPE_CHECKING:
    from marbleline.ports.store import Store

log = logging.getLogger(__name__)

# Verdicts of one answer: with their thumbnails some megabytes.
_PAGE: Final = 500


class ElasticsearchStore(ElasticsearchAnnotations, ElasticsearchPictures, ElasticsearchSlabVerdicts):
    """Keeps the promises of ``ports.store.Store``; templates and indices are made with the first write."""

    def __init__(
        self,
        url: str,
        *,
        ca_file: Path | None = None,
        api_key: str = "",
        prefix: str = "marbleline",
        keep: Keep | None = None,
        patience_s: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connects to nothing yet.

        ``url``         http(s)://[user:password@]host[:port][,host[:port]...]
        ``ca_file``     PEM of the authority that signed the servers' certificates; None: the system's
        ``api_key``     instead of user and password: ``id:key`` in Base64, as Elasticsearch gives it out
        ``prefix``      what all names of indices, aliases and templates begin with
        ``keep``        how long old indices are kept where the server manages life cycles; None: for ever
        ``patience_s``  how long a write that the server is too busy for is tried again

        Raises SettingError if one of them can't be right.
        """
        self._names = Names(prefix)
        self._connection = ElasticsearchConnection(url, ca_file, api_key)
        self._indices = Indices(self._connection, self._names, keep or Keep())
        self._bulk = Bulk(self._connection, self._indices, patience_s, sleep)
        self._reading = Reading(self._connection)
        self._marks = Marks(self._bulk, self._reading, self._names.alias("judged"))
        self._limit_bytes: int | None = None
        ElasticsearchAnnotations.__init__(
            self, self._bulk, self._reading, self._names, self._connection, self._limit
        )
        ElasticsearchPictures.__init__(self, self._connection, self._reading, self._names)
        ElasticsearchSlabVerdicts.__init__(self, self._bulk, self._reading, self._names, self._limit)

    def put_frames(self, records: Sequence[FrameRecord]) -> list[Rejection]:
        """See the port. A frame that is there stays as it is."""
        made = (
            _write(self._names.frames_of, one.frame.frame_id, partial(documents.one_line, one))
            for one in records
        )
        return self._bulk.write(made, self._limit()).rejections

    def put_verdicts(self, verdicts: Sequence[Verdict]) -> list[Rejection]:
        """See the port. Marks of the ledger and places in the review queue are there when it returns."""
        first: dict[str, Verdict] = {}
        for one in verdicts:
            first.setdefault(one.frame.frame_id, one)
        made = (
            _write(self._names.verdicts_of, frame_id, partial(documents.one_line, one))
            for frame_id, one in first.items()
        )
        rejections = self._bulk.write(made, self._limit()).rejections
        refused = {rejection.document_id for rejection in rejections}
        written = [one for frame_id, one in first.items() if frame_id not in refused]
        # Not before: neither the ledger nor a reviewer is told of a verdict that is not on record.
        marks = self._marks.writes(one.frame for one in written)
        self._marks.put_extras(self._bulk.write_small([*marks, *self._review_entries(written)]))
        return rejections

    def put_cameras(self, reports: Sequence[CameraReport]) -> None:
        """See the port."""
        alias = self._names.alias("cameras")
        newest = {one.camera: one for one in sorted(reports, key=lambda report: report.order)}
        writes = (
            Write(alias, camera, documents.one_line(one), version=one.order) for camera, one in newest.items()
        )
        for rejection in self._bulk.write(writes, self._limit()).rejections:
            log.error("store.camera_rejected", extra=asdict(rejection))

    def image(self, frame_id: str) -> bytes | None:
        """See the port."""
        source = self._reading.document(self._names.frames_of(frame_id), frame_id, "image")
        return None if source is None else documents.image_of(source)

    def verdict(self, frame_id: str) -> Verdict | None:
        """See the port."""
        source = self._reading.document(self._names.verdicts_of(frame_id), frame_id)
        return None if source is None else Verdict.from_document(source)

    def search(self, query: VerdictQuery, limit: int, after: str | None = None) -> list[Verdict]:
        """See the port. A verdict is found about a second after it was put."""
        found: list[Verdict] = []
        while len(found) < limit:
            size = min(limit - len(found), _PAGE)
            body = queries.search(query, size, found[-1].frame.frame_id if found else after)
            page = self._reading.documents(self._names.alias("verdicts"), body)
            found += [Verdict.from_document(source) for source in page]
            if len(page) < size:
                break
        return found

    def counts(self, query: VerdictQuery) -> VerdictCounts:
        """See the port. Sees every verdict that was put."""
        alias = self._names.alias("verdicts")
        self._reading.refresh([alias])
        total, figures = self._reading.figures(alias, queries.counts(query))
        decisions = {name: count for name, count, _ in buckets(figures.get("decision"))}
        defects = figures.get("faulty", {}).get("defect")
        return VerdictCounts(
            total=total,
            by_decision={**{one.value: 0 for one in Decision}, **decisions},
            by_defect={name: count for name, count, _ in buckets(defects)},
        )

    def hourly(self, query: VerdictQuery, step_us: int) -> list[Bucket]:
        """See the port. Sees every verdict that was put; a step is told to the millisecond here."""
        alias = self._names.alias("verdicts")
        self._reading.refresh([alias])
        step_ms, origin_ms = step_us // 1000, (query.since or 0) // 1000
        _, figures = self._reading.figures(alias, queries.hourly(query, step_ms, origin_ms % step_ms))
        return [
            Bucket(int(start) * 1000, camera, decision, defect or None, count)
            for start, _, step in buckets(figures.get("step"))
            for camera, _, of_camera in buckets(step.get("camera"))
            for decision, _, of_decision in buckets(of_camera.get("decision"))
            for defect, count, _ in buckets(of_decision.get("defect"))
        ]

    def count_by_period(
        self, query: VerdictQuery, periods: Sequence[Period], by: Dimension | None
    ) -> list[PeriodCount]:
        """See the port. Without a refresh, so that an index that does not change answers from its cache."""
        if not periods:
            return []
        body = queries.count_by_period(query, periods, by)
        _, figures = self._reading.figures(self._names.alias("verdicts"), body)
        return sorted(
            PeriodCount(int(since), str(group), decision, defect, count, of_defect["late"]["doc_count"])
            for since, _, of_period in buckets(figures.get("period"))
            for group, _, of_group in (buckets(of_period.get("group")) if by else [("", 0, of_period)])
            for decision, _, of_decision in buckets(of_group.get("decision"))
            for defect, count, of_defect in buckets(of_decision.get("defect"))
        )

    def cameras(self) -> list[CameraReport]:
        """See the port. Sees every report that was put."""
        alias = self._names.alias("cameras")
        self._reading.refresh([alias])
        return [
            CameraReport.from_document(source) for source in self._reading.documents(alias, queries.cameras())
        ]

    def highest_sequences(self) -> dict[str, int]:
        """See the port. Sees every frame and verdict that was put."""
        highest: dict[str, int] = {}
        for kind in ("frames", "verdicts"):
            alias = self._names.alias(kind)
            self._reading.refresh([alias])
            _, figures = self._reading.figures(alias, queries.highest_sequences())
            for camera, _, bucket in buckets(figures.get("camera")):
                highest[camera] = max(highest.get(camera, 0), int(bucket["highest"]["value"]))
        return highest

    def judged(self, camera: str, up_to: int) -> JudgedSequences:
        """See the port. Two plain counts, exact at any size: one mark per number, the rest are extra."""
        alias = self._names.alias("judged")
        self._reading.refresh([alias])
        marks, figures = self._reading.figures(alias, queries.judged(camera, up_to))
        extra = figures.get("extra", {}).get("doc_count", 0)
        return JudgedSequences(sequences=marks - extra, verdicts=marks)

    def which_judged(self, frame_ids: Sequence[str]) -> frozenset[str]:
        """See the port. Asked of the marks, so that it never runs ahead of ``judged``."""
        alias = self._names.alias("judged")
        self._reading.refresh([alias])
        return frozenset(
            str(source["frame_id"])
            for start in range(0, len(frame_ids), queries.MOST_IDS)
            for source in self._reading.documents(
                alias, queries.which_judged(list(frame_ids[start : start + queries.MOST_IDS]))
            )
        )

    def check(self) -> None:
        """See the port: reachable, our indices whole, and none that was written to read-only."""
        health.check(self._connection, self._names, self._indices.opened)

    def close(self) -> None:
        """See the port."""
        self._connection.close()

    def _limit(self) -> int:
        if self._limit_bytes is None:
            self._limit_bytes = health.most_bytes(self._connection)
        return self._limit_bytes


def _write(alias_of: Callable[[str], str], frame_id: str, encode: Callable[[], bytes]) -> Write | Rejection:
    try:
        return Write(alias_of(frame_id), frame_id, encode())
    except (ValueError, OverflowError) as error:
        # A time beyond the calendar, say: no document, and no reason to hold up the others.
        return Rejection(frame_id, f"can't be made a document: {error}")


if TYPE_CHECKING:
    # It keeps every part of the port, or mypy fails here.
    _port: type[Store] = ElasticsearchStore
