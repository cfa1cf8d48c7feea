"""Labels, opinions and alarms as documents and searches."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from logging import getLogger
from typing import Any, Final

from marbleline.adapters.store_elasticsearch.bulk import Bulk, Write
from marbleline.adapters.store_elasticsearch.names import Names
from marbleline.adapters.store_elasticsearch.queries import MOST_NAMES, Body, between
from marbleline.adapters.store_elasticsearch.reading import Reading
from marbleline.domain.alarm import Alarm
from marbleline.domain.clock import to_iso
from marbleline.domain.label import Label
from marbleline.domain.opinion import Opinion
from marbleline.ports.remarks import LabelQuery, OpinionQuery, Rejection

log = getLogger(__name__)

# Opinions of one answer: with their thumbnails some megabytes.
_PAGE: Final = 500


class Remarks:
    """Keeps the promises of ``ports.remarks.Remarks``."""

    def __init__(self, bulk: Bulk, reading: Reading, names: Names, most_bytes: Callable[[], int]) -> None:
        self._bulk = bulk
        self._reading = reading
        self._names = names
        self._most_bytes = most_bytes

    def put_labels(self, labels: Sequence[Label]) -> list[Rejection]:
        """See the port."""
        alias = self._names.alias("labels")
        made = (_write(alias, one.label_id, one.at, one.to_document) for one in labels)
        return self._bulk.write(made, self._most_bytes()).rejections

    def labels(self, query: LabelQuery, limit: int, after: str | None = None) -> list[Label]:
        """See the port."""
        terms = {name: getattr(query, name) for name in ("line", "camera", "frame_id", "by", "truth")}
        found = self._pages("labels", terms, between(query.since, query.until), "label_id", limit, after)
        return [Label.from_document(source) for source in found]

    def put_opinions(self, opinions: Sequence[Opinion]) -> list[Rejection]:
        """See the port."""
        made = []
        for one in opinions:
            frame = one.verdict.frame
            alias = self._names.opinions_of(frame.frame_id)
            made.append(_write(alias, one.opinion_id, frame.captured_at, one.to_document))
        return self._bulk.write(made, self._most_bytes()).rejections

    def opinions(self, query: OpinionQuery, limit: int, after: str | None = None) -> list[Opinion]:
        """See the port."""
        terms = {"frame_id": query.frame_id, "kind": query.kind, "model.version": query.model_version}
        found = self._pages("opinions", terms, between(query.since, query.until), "opinion_id", limit, after)
        return [Opinion.from_document(source) for source in found]

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """See the port."""
        alias = self._names.alias("alarms")
        newest = {one.alarm_id: one for one in sorted(alarms, key=lambda alarm: alarm.at)}
        writes = (
            Write(alias, name, _encode(one.at, one.to_document()), version=one.at)
            for name, one in newest.items()
        )
        for rejection in self._bulk.write(writes, self._most_bytes()).rejections:
            log.error("store.alarm_rejected", extra=asdict(rejection))

    def alarms(self) -> list[Alarm]:
        """See the port."""
        alias = self._names.alias("alarms")
        self._reading.refresh([alias])
        body = {"size": MOST_NAMES, "track_total_hits": False}
        found = [Alarm.from_document(source) for source in self._reading.documents(alias, body)]
        return sorted(found, key=lambda alarm: alarm.alarm_id)

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


def _write(alias: str, key: str, at: int, document: Callable[[], Mapping[str, object]]) -> Write | Rejection:
    try:
        return Write(alias, key, _encode(at, document()))
    except (ValueError, OverflowError) as error:
        return Rejection(key, f"can't be made a document: {error}")


def _encode(at: int, document: Mapping[str, object]) -> bytes:
    return json.dumps({"@timestamp": to_iso(at), **document}, separators=(",", ":")).encode()
