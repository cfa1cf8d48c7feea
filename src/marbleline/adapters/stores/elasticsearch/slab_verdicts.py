"""Slab verdicts on Elasticsearch, in one index: their ids tell no time that an index could follow from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch import documents
from marbleline.adapters.stores.elasticsearch.bulk import Bulk, Write
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.elasticsearch.queries import MOST_IDS, MOST_NAMES, Body, between, moment
from marbleline.adapters.stores.elasticsearch.reading import Reading, buckets
from marbleline.domain.slab import SlabVerdict
from marbleline.ports.rejection import Rejection
from marbleline.ports.slab_verdicts import Place, SlabQuery, StationCounts

_PAGE: Final = 500
_MOST_TRIGGERS: Final = 10_000
# What stands for no station among buckets; no station has an empty name.
_NONE: Final = ""


class ElasticsearchSlabVerdicts:
    """Keeps ``ports.slab_verdicts.SlabVerdicts``."""

    def __init__(self, bulk: Bulk, reading: Reading, names: Names, most_bytes: Callable[[], int]) -> None:
        self._slab_bulk = bulk
        self._slab_reading = reading
        self._slab_alias = names.alias("slab_verdicts")
        self._frame_alias = names.alias("verdicts")
        self._slab_bytes = most_bytes

    def put_slab_verdicts(self, slabs: Sequence[SlabVerdict]) -> list[Rejection]:
        """See the port."""
        writes = (_write(self._slab_alias, one) for one in slabs)
        return self._slab_bulk.write(writes, self._slab_bytes()).rejections

    def slab_verdict(self, slab_verdict_id: str) -> SlabVerdict | None:
        """See the port."""
        source = self._slab_reading.document(self._slab_alias, slab_verdict_id)
        return None if source is None else SlabVerdict.from_document(source)

    def slab_verdicts(self, query: SlabQuery, limit: int, after: Place | None = None) -> list[SlabVerdict]:
        """See the port. A slab verdict is found about a second after it was put."""
        found: list[SlabVerdict] = []
        while len(found) < limit:
            place = (found[-1].triggered_at, found[-1].slab_verdict_id) if found else after
            size = min(limit - len(found), _PAGE)
            page = self._slab_reading.documents(self._slab_alias, _search(query, size, place))
            found += [SlabVerdict.from_document(source) for source in page]
            if len(page) < size:
                break
        return found

    def which_slabs_judged(self, slab_verdict_ids: Sequence[str]) -> frozenset[str]:
        """See the port."""
        self._slab_reading.refresh([self._slab_alias])
        found: set[str] = set()
        for start in range(0, len(slab_verdict_ids), MOST_IDS):
            chunk = list(slab_verdict_ids[start : start + MOST_IDS])
            body: Body = {
                "query": {"bool": {"filter": [{"terms": {"slab_verdict_id": chunk}}]}},
                "sort": ["_doc"],
                "size": MOST_IDS,
                "track_total_hits": False,
                "_source": ["slab_verdict_id"],
            }
            sources = self._slab_reading.documents(self._slab_alias, body)
            found.update(str(source["slab_verdict_id"]) for source in sources)
        return frozenset(found)

    def slab_stations(self) -> list[StationCounts]:
        """See the port."""
        self._slab_reading.refresh([self._slab_alias, self._frame_alias])
        slabs = self._by_station(self._slab_alias, {"match_all": {}})
        frames = self._by_station(self._frame_alias, {"exists": {"field": "trigger"}})
        found = []
        for line, station in sorted({*slabs, *frames}):
            of_slabs, of_frames = slabs.get((line, station), {}), frames.get((line, station), {})
            missed = of_slabs.get("missed", {}).get("doc_count", 0)
            total = of_slabs.get("doc_count", 0)
            lowest = [one for of in (of_slabs, of_frames) if (one := _figure(of, "lowest")) is not None]
            highest = [one for of in (of_slabs, of_frames) if (one := _figure(of, "highest")) is not None]
            found.append(
                StationCounts(
                    line=line,
                    station=station or None,
                    judged=total - missed,
                    missed=missed,
                    numbered=_figure(of_slabs, "numbered") or 0,
                    lowest=min(lowest, default=None),
                    highest=max(highest, default=None),
                )
            )
        return found

    def count_triggers_judged(self, line: str, station: str | None, low: int, high: int) -> int:
        """See the port."""
        self._slab_reading.refresh([self._slab_alias])
        body: Body = {"query": _triggers(line, station, low, high), "size": 0, "track_total_hits": True}
        count, _ = self._slab_reading.figures(self._slab_alias, body)
        return count

    def triggers_seen(self, line: str, station: str | None, low: int, high: int) -> frozenset[int]:
        """See the port."""
        self._slab_reading.refresh([self._frame_alias])
        body: Body = {
            "query": _triggers(line, station, low, high),
            "size": 0,
            "track_total_hits": False,
            "aggs": {"trigger": {"terms": {"field": "trigger", "size": _MOST_TRIGGERS}}},
        }
        _, figures = self._slab_reading.figures(self._frame_alias, body)
        return frozenset(int(trigger) for trigger, _, _ in buckets(figures.get("trigger")))

    def _by_station(self, alias: str, query: Body) -> dict[tuple[str, str], Mapping[str, Any]]:
        figures: Body = {
            "missed": {"filter": {"term": {"frames_seen": 0}}},
            "numbered": {"value_count": {"field": "trigger"}},
            "lowest": {"min": {"field": "trigger"}},
            "highest": {"max": {"field": "trigger"}},
        }
        station = {"terms": {"field": "station", "size": MOST_NAMES, "missing": _NONE}, "aggs": figures}
        line = {"terms": {"field": "line", "size": MOST_NAMES}, "aggs": {"station": station}}
        body: Body = {"query": query, "size": 0, "track_total_hits": False, "aggs": {"line": line}}
        _, found = self._slab_reading.figures(alias, body)
        return {
            (line_name, station_name): {**inner, "doc_count": count}
            for line_name, _, of_line in buckets(found.get("line"))
            for station_name, count, inner in buckets(of_line.get("station"))
        }


def _search(query: SlabQuery, size: int, after: Place | None) -> Body:
    terms = {
        "line": query.line,
        "station": query.station,
        "slab_id": query.slab_id,
        "decision": None if query.decision is None else query.decision.value,
        "defect": query.defect,
        "grade": query.grade,
    }
    given = [{"term": {name: value}} for name, value in terms.items() if value is not None]
    body: Body = {
        "query": {"bool": {"filter": [*given, *between(query.since, query.until)]}},
        # Given in the form of the documents: a number of nanoseconds would be rounded by JSON readers.
        "sort": [
            {"triggered_at": {"order": "desc", "format": "strict_date_optional_time_nanos"}},
            {"slab_verdict_id": "desc"},
        ],
        "size": size,
        "track_total_hits": False,
    }
    return body if after is None else {**body, "search_after": [moment(after[0]), after[1]]}


def _triggers(line: str, station: str | None, low: int, high: int) -> Body:
    conditions: list[Body] = [
        {"term": {"line": line}},
        {"range": {"trigger": {"gte": low, "lte": high}}},
    ]
    if station is None:
        return {"bool": {"filter": conditions, "must_not": [{"exists": {"field": "station"}}]}}
    return {"bool": {"filter": [*conditions, {"term": {"station": station}}]}}


def _figure(bucket: Mapping[str, Any], name: str) -> int | None:
    value = bucket.get(name, {}).get("value")
    return None if value is None else int(value)


def _write(alias: str, slab: SlabVerdict) -> Write | Rejection:
    try:
        return Write(alias, slab.slab_verdict_id, documents.one_line(slab))
    except (ValueError, OverflowError) as error:
        return Rejection(slab.slab_verdict_id, f"can't be made a document: {error}")
