"""Labels, shadow verdicts, alarms, their history and product changes as documents and searches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from logging import getLogger
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch import documents
from marbleline.adapters.stores.elasticsearch.bulk import Bulk, Write
from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.elasticsearch.queries import MOST_NAMES, Body, between
from marbleline.adapters.stores.elasticsearch.reading import Reading
from marbleline.adapters.stores.elasticsearch.review_queue import ElasticsearchReviewQueue
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.defect_guide import GuideEntry
from marbleline.domain.label import Label
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.shadow_verdict import ShadowVerdict
from marbleline.domain.wire import WireStruct
from marbleline.ports.annotations import LabelQuery, ShadowVerdictQuery
from marbleline.ports.rejection import Rejection

log = getLogger(__name__)

# Shadow verdicts of one answer: with their thumbnails some megabytes.
_PAGE: Final = 500


class ElasticsearchAnnotations(ElasticsearchReviewQueue):
    """Keeps ``ports.annotations.Annotations`` and ``ports.product_switches.ProductChanges``."""

    def __init__(
        self,
        bulk: Bulk,
        reading: Reading,
        names: Names,
        connection: ElasticsearchConnection,
        most_bytes: Callable[[], int],
    ) -> None:
        ElasticsearchReviewQueue.__init__(self, bulk, reading, names, connection)
        self._most_bytes = most_bytes

    def put_labels(self, labels: Sequence[Label]) -> list[Rejection]:
        """See the port."""
        alias = self._names.alias("labels")
        made = (_write(alias, one.label_id, one) for one in labels)
        rejections = self._bulk.write(made, self._most_bytes()).rejections
        refused = {rejection.document_id for rejection in rejections}
        self._queue_labels(one for one in labels if one.label_id not in refused)
        return rejections

    def labels(self, query: LabelQuery, limit: int, after: str | None = None) -> list[Label]:
        """See the port."""
        terms = {
            name: getattr(query, name) for name in ("line", "camera", "product", "frame_id", "by", "truth")
        }
        found = self._pages("labels", terms, between(query.since, query.until), "label_id", limit, after)
        return [Label.from_document(source) for source in found]

    def put_shadow_verdicts(self, shadow_verdicts: Sequence[ShadowVerdict]) -> list[Rejection]:
        """See the port."""
        made = []
        for one in shadow_verdicts:
            alias = self._names.shadow_verdicts_of(one.verdict.frame.frame_id)
            made.append(_write(alias, one.shadow_verdict_id, one))
        return self._bulk.write(made, self._most_bytes()).rejections

    def shadow_verdicts(
        self, query: ShadowVerdictQuery, limit: int, after: str | None = None
    ) -> list[ShadowVerdict]:
        """See the port."""
        names = ("frame_id", "kind", "product", "model_version")
        terms = {name: getattr(query, name) for name in names}
        found = self._pages(
            "shadow_verdicts", terms, between(query.since, query.until), "shadow_verdict_id", limit, after
        )
        return [ShadowVerdict.from_document(source) for source in found]

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """See the port."""
        alias = self._names.alias("alarms")
        newest = {one.alarm_id: one for one in sorted(alarms, key=lambda alarm: alarm.at)}
        writes = (Write(alias, name, documents.one_line(one), version=one.at) for name, one in newest.items())
        for rejection in self._bulk.write(writes, self._most_bytes()).rejections:
            log.error("store.alarm_rejected", extra=asdict(rejection))

    def alarms(self) -> list[Alarm]:
        """See the port."""
        alias = self._names.alias("alarms")
        self._reading.refresh([alias])
        body = {"size": MOST_NAMES, "track_total_hits": False}
        found = [Alarm.from_document(source) for source in self._reading.documents(alias, body)]
        return sorted(found, key=lambda alarm: alarm.alarm_id)

    def put_alarm_events(self, events: Sequence[AlarmEvent]) -> list[Rejection]:
        """See the port."""
        alias = self._names.alias("alarm_events")
        made = (_write(alias, one.event_id, one) for one in events)
        return self._bulk.write(made, self._most_bytes()).rejections

    def alarm_events(
        self, line: str, limit: int, after: str | None = None, alarm: tuple[str, str] | None = None
    ) -> list[AlarmEvent]:
        """See the port."""
        kind, subject = alarm or (None, None)
        terms = {"line": line, "kind": kind, "subject": subject}
        found = self._pages("alarm_events", terms, [], "event_id", limit, after)
        return [AlarmEvent.from_document(source) for source in found]

    def put_product_changes(self, changes: Sequence[ProductChange]) -> list[Rejection]:
        """See the port."""
        alias = self._names.alias("product_changes")
        made = (_write(alias, one.change_id, one) for one in changes)
        return self._bulk.write(made, self._most_bytes()).rejections

    def product_changes(self, line: str, limit: int) -> list[ProductChange]:
        """See the port."""
        found = self._pages("product_changes", {"line": line}, [], "change_id", limit, None)
        return [ProductChange.from_document(source) for source in found]

    def put_camera_setups(self, setups: Sequence[CameraSetup]) -> list[Rejection]:
        """See the port."""
        alias = self._names.alias("camera_setups")
        made = (_write(alias, one.setup_id, one) for one in setups)
        return self._bulk.write(made, self._most_bytes()).rejections

    def camera_setups(self, line: str, camera: str, limit: int) -> list[CameraSetup]:
        """See the port."""
        terms = {"line": line, "camera": camera}
        found = self._pages("camera_setups", terms, [], "setup_id", limit, None)
        return [CameraSetup.from_document(source) for source in found]

    def current_camera_setups(self, line: str) -> list[CameraSetup]:
        """See the port."""
        found = self._newest_of_each("camera_setups", "camera", "setup_id", {"line": line})
        return sorted((CameraSetup.from_document(one) for one in found), key=lambda one: one.camera)

    def put_guide_entries(self, entries: Sequence[GuideEntry]) -> list[Rejection]:
        """See the port."""
        alias = self._names.alias("guide_entries")
        made = (_write(alias, one.entry_id, one) for one in entries)
        return self._bulk.write(made, self._most_bytes()).rejections

    def guide_entries(self, product: str, topic: str, limit: int) -> list[GuideEntry]:
        """See the port."""
        terms = {"product": product, "topic": topic}
        found = self._pages("guide_entries", terms, [], "entry_id", limit, None)
        return [GuideEntry.from_document(source) for source in found]

    def current_guide(self, product: str) -> list[GuideEntry]:
        """See the port."""
        found = self._newest_of_each("guide_entries", "topic", "entry_id", {"product": product})
        return sorted((GuideEntry.from_document(one) for one in found), key=lambda one: one.topic)

    def _newest_of_each(
        self, kind: str, field: str, key: str, terms: Mapping[str, str]
    ) -> list[Mapping[str, Any]]:
        """Of the documents with these terms, the one with the highest key for each value of the field."""
        alias = self._names.alias(kind)
        self._reading.refresh([alias])
        body: Body = {
            "query": {"bool": {"filter": [{"term": {name: value}} for name, value in terms.items()]}},
            "collapse": {"field": field},
            "sort": [{key: "desc"}],
            "size": MOST_NAMES,
            "track_total_hits": False,
        }
        return self._reading.documents(alias, body)

    def _pages(
        self, kind: str, terms: Mapping[str, Any], times: list[Body], key: str, limit: int, after: str | None
    ) -> list[Mapping[str, Any]]:
        """The sources of what holds, newest first, in answers of bounded size."""
        alias = self._names.alias(kind)
        self._reading.refresh([alias])
        given = [{"term": {name: value}} for name, value in terms.items() if value is not None]
        found: list[Mapping[str, Any]] = []
        while len(found) < limit:
            last = found[-1][key] if found else after
            size = min(limit - len(found), _PAGE)
            body: Body = {
                "query": {"bool": {"filter": [*given, *times]}},
                "sort": [{key: "desc"}],
                "size": size,
                "track_total_hits": False,
                **({} if last is None else {"search_after": [last]}),
            }
            page = self._reading.documents(alias, body)
            found += page
            if len(page) < size:
                break
        return found


def _write(alias: str, key: str, record: WireStruct) -> Write | Rejection:
    try:
        return Write(alias, key, documents.one_line(record))
    except (ValueError, OverflowError) as error:
        return Rejection(key, f"can't be made a document: {error}")
