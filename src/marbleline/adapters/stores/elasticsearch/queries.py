"""What is asked of Elasticsearch, as its query language has it."""

from collections.abc import Sequence
from typing import Any, Final

from marbleline.domain.clock import to_iso
from marbleline.domain.decision import Decision
from marbleline.ports.verdict_statistics import Dimension, Period
from marbleline.ports.verdicts import VerdictQuery

Body = dict[str, Any]

# Cameras or defects beyond this many are not told apart; Elasticsearch's own bound on buckets is higher.
MOST_NAMES: Final = 10_000
MOST_IDS: Final = 5_000
# date_nanos ends in the year 2262.
_LATEST: Final = (2**63 - 1) // 1000


def condition(query: VerdictQuery) -> Body:
    """The query that matches what all given conditions hold for."""
    terms = {
        "line": query.line,
        "camera": query.camera,
        "slab_id": query.slab_id,
        "product": query.product,
        "decision": None if query.decision is None else query.decision.value,
        "defect": query.defect,
        "model_version": query.model_version,
        "late": query.late,
    }
    filters: list[Body] = [{"term": {name: value}} for name, value in terms.items() if value is not None]
    filters += between(query.since, query.until)
    filters += _range("faulty_probability", query.min_faulty_probability, query.max_faulty_probability)
    return {"bool": {"filter": filters}}


def between(since: int | None, until: int | None) -> list[Body]:
    """The condition that a time lies in, or none."""
    return _range("@timestamp", moment(since), moment(until))


def search(query: VerdictQuery, size: int, after: str | None) -> Body:
    """Verdicts, newest first by id."""
    body: Body = {
        "query": condition(query),
        "sort": [{"frame_id": "desc"}],
        "size": size,
        "track_total_hits": False,
    }
    return body if after is None else {**body, "search_after": [after]}


def counts(query: VerdictQuery) -> Body:
    """How many there are, by decision and by defect of the faulty ones."""
    return {
        "query": condition(query),
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            "decision": {"terms": {"field": "decision", "size": MOST_NAMES}},
            "faulty": {
                "filter": {"term": {"decision": Decision.FAULTY.value}},
                "aggs": {"defect": {"terms": {"field": "defect", "size": MOST_NAMES}}},
            },
        },
    }


def hourly(query: VerdictQuery, step_ms: int, offset_ms: int) -> Body:
    """Counts by step, camera, decision and defect; ``missing`` stands for a verdict without a defect."""

    def by(field: str, inner: Body | None = None) -> Body:
        terms: Body = {"terms": {"field": field, "size": MOST_NAMES, "missing": "", "order": {"_key": "asc"}}}
        return {field: {**terms, "aggs": inner} if inner else terms}

    steps = {
        "field": "@timestamp",
        "fixed_interval": f"{step_ms}ms",
        "offset": f"{offset_ms}ms",
        "min_doc_count": 1,
    }
    return {
        "query": condition(query),
        "size": 0,
        "track_total_hits": False,
        "aggs": {"step": {"date_histogram": steps, "aggs": by("camera", by("decision", by("defect")))}},
    }


def count_by_period(query: VerdictQuery, periods: Sequence[Period], by: Dimension | None) -> Body:
    """Counts by period, dimension, decision and defect; the bucket of a period is named by its start."""

    def each(field: str, inner: Body) -> Body:
        return {field: {"terms": {"field": field, "size": MOST_NAMES, "missing": ""}, "aggs": inner}}

    late = {"late": {"filter": {"term": {"late": True}}}}
    counted = each("decision", each("defect", late))
    if by is not None:
        counted = {"group": {"terms": {"field": by.value, "size": MOST_NAMES}, "aggs": counted}}
    ranges = [{"key": str(one.since), "from": one.since // 1000, "to": one.until // 1000} for one in periods]
    dates = {"field": "@timestamp", "format": "epoch_millis", "ranges": ranges}
    return {
        "query": {"bool": {"filter": [condition(query), *between(periods[0].since, periods[-1].until)]}},
        "size": 0,
        "track_total_hits": False,
        "aggs": {"period": {"date_range": dates, "aggs": counted}},
    }


def highest_sequences() -> Body:
    """Each camera's highest sequence."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            "camera": {
                "terms": {"field": "camera", "size": MOST_NAMES},
                "aggs": {"highest": {"max": {"field": "sequence"}}},
            }
        },
    }


def judged(camera: str, up_to: int) -> Body:
    """A camera's marks, and how many of them are extra."""
    return {
        "query": {
            "bool": {"filter": [{"term": {"camera": camera}}, {"range": {"sequence": {"lte": up_to}}}]}
        },
        "size": 0,
        "track_total_hits": True,
        "aggs": {"extra": {"filter": {"term": {"extra": True}}}},
    }


def which_judged(frame_ids: list[str]) -> Body:
    """The marks of these frames, ``MOST_IDS`` at most."""
    return {
        "query": {"bool": {"filter": [{"terms": {"frame_id": frame_ids}}]}},
        "sort": ["_doc"],
        "size": 2 * MOST_IDS,
        "track_total_hits": False,
        "_source": ["frame_id"],
    }


def cameras() -> Body:
    """Every camera's report, by name."""
    return {"sort": [{"camera": "asc"}], "size": MOST_NAMES, "track_total_hits": False}


def _range(field: str, low: str | float | None, high: str | float | None) -> list[Body]:
    ends = {end: value for end, value in (("gte", low), ("lte", high)) if value is not None}
    return [{"range": {field: ends}}] if ends else []


def moment(at: int | None) -> str | None:
    """A time as documents have it, within what can be asked for."""
    return None if at is None else to_iso(min(max(at, 0), _LATEST))
