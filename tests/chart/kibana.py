"""Makes ``files/kibana.ndjson``, what Kibana is given: ``python -m tests.chart.kibana``.

A table here is what a person changes: views, searches, charts and their place on the dashboard. The
visualizations are of Kibana's oldest kind, by aggregation, whose form has stayed the same since 7.0.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.chart.schema import CHART

MADE: Final = CHART / "files" / "kibana.ndjson"
# View -> what it is called, and the indices that it looks at.
VIEWS: Final = {
    "verdicts": ("Marbleline verdicts", "@PREFIX@-verdicts"),
    "frames": ("Marbleline frames", "@PREFIX@-frames"),
    "labels": ("Marbleline labels", "@PREFIX@-labels"),
    "cameras": ("Marbleline cameras", "@PREFIX@-cameras"),
    "logs": ("Marbleline logs", "filebeat-*"),
}
_VERSIONS: Final = {
    "index-pattern": "8.0.0",
    "search": "8.0.0",
    "visualization": "8.5.0",
    "dashboard": "8.9.0",
}


@dataclass(frozen=True)
class Search:
    """Documents of a view, newest first."""

    title: str
    view: str
    query: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """``kind`` is Kibana's; ``metrics`` and ``buckets`` are (aggregation, field, more parameters)."""

    title: str
    view: str
    kind: str
    metrics: tuple[tuple[str, str, dict[str, Any]], ...] = (("count", "", {}),)
    buckets: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    query: str = ""
    place: tuple[int, int, int, int] = (0, 0, 24, 12)  # x, y, width, height; 48 columns
    params: dict[str, Any] = field(default_factory=dict)


_TIME: Final = ("date_histogram", "@timestamp", {"schema": "segment", "interval": "auto"})


def _by(name: str, schema: str = "group", size: int = 20) -> tuple[str, str, dict[str, Any]]:
    return ("terms", name, {"schema": schema, "size": size, "order": "desc", "orderBy": "1"})


SEARCHES: Final = (
    Search(
        "Faulty slabs and those to look at",
        "verdicts",
        "decision: (faulty or review)",
        ("camera", "slab_id", "decision", "defect", "faulty_probability", "anomaly", "model.version"),
    ),
    Search("Late verdicts", "verdicts", "late: true", ("camera", "frame_id", "latency_ms", "lateness_ms")),
    Search(
        "Frames as the cameras logged them",
        "logs",
        'message: "frame.captured"',
        ("marbleline.camera", "marbleline.sequence", "marbleline.frame_id", "marbleline.sha256"),
    ),
    Search(
        "Dead letters",
        "logs",
        'message: "frame.dead_lettered"',
        ("marbleline.reason", "marbleline.detail", "marbleline.frame_id"),
    ),
    Search(
        "Warnings and errors",
        "logs",
        "log.level: (warning or error or critical)",
        ("service.node.name", "log.level", "message", "marbleline.error", "error.stack_trace"),
    ),
)
CHARTS: Final = (
    Chart("Slabs judged", "verdicts", "metric", place=(0, 0, 8, 8)),
    Chart("Late", "verdicts", "metric", query="late: true", place=(8, 0, 8, 8)),
    Chart(
        "Cameras",
        "cameras",
        "table",
        metrics=(("max", "captured", {}), ("max", "spooled", {}), ("max", "last_frame_at", {})),
        buckets=(_by("camera", "bucket"), _by("state", "bucket")),
        place=(16, 0, 32, 8),
    ),
    Chart("Throughput by camera", "verdicts", "line", buckets=(_TIME, _by("camera")), place=(0, 8, 24, 12)),
    Chart(
        "Verdicts",
        "verdicts",
        "histogram",
        buckets=(_TIME, _by("decision")),
        place=(24, 8, 24, 12),
        params={"mode": "stacked"},
    ),
    Chart(
        "Defects",
        "verdicts",
        "pie",
        buckets=(_by("defect", "segment"),),
        query="decision: faulty",
        place=(0, 20, 16, 12),
    ),
    Chart(
        "Lag: milliseconds from capture to verdict",
        "verdicts",
        "line",
        metrics=(("percentiles", "latency_ms", {"percents": [50, 95, 99]}),),
        buckets=(_TIME,),
        place=(16, 20, 16, 12),
    ),
    Chart(
        "Dead letters by reason",
        "logs",
        "histogram",
        buckets=(_TIME, _by("marbleline.reason")),
        query='message: "frame.dead_lettered"',
        place=(32, 20, 16, 12),
        params={"mode": "stacked"},
    ),
)


def made() -> str:
    """The text that the file has to have."""
    return "".join(json.dumps(one, sort_keys=True) + "\n" for one in _objects())


def _objects() -> Iterator[dict[str, Any]]:
    for view, (name, title) in VIEWS.items():
        attributes = {"name": name, "title": title, "timeFieldName": "@timestamp"}
        yield _object("index-pattern", view, attributes)
    for search in SEARCHES:
        attributes = {
            "title": f"Marbleline: {search.title}",
            "columns": list(search.columns),
            "sort": [["@timestamp", "desc"]],
            "kibanaSavedObjectMeta": _meta(search.query),
        }
        yield _object("search", _id(search.title), attributes, [_source(search.view)])
    for chart in CHARTS:
        attributes = {
            "title": f"Marbleline: {chart.title}",
            "visState": json.dumps(_state(chart)),
            "uiStateJSON": "{}",
            "kibanaSavedObjectMeta": _meta(chart.query),
        }
        yield _object("visualization", _id(chart.title), attributes, [_source(chart.view)])
    yield _dashboard()


def _object(
    kind: str, name: str, attributes: dict[str, Any], references: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    return {
        "id": f"marbleline-{name}",
        "type": kind,
        "attributes": attributes,
        "references": references or [],
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": _VERSIONS[kind],
    }


def _id(title: str) -> str:
    return "-".join(
        "".join(dead_letter if dead_letter.isalnum() else " " for dead_letter in title.lower()).split()
    )


def _meta(query: str) -> dict[str, str]:
    source = {
        "query": {"query": query, "language": "kuery"},
        "filter": [],
        "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index",
    }
    return {"searchSourceJSON": json.dumps(source)}


def _source(view: str) -> dict[str, str]:
    name = "kibanaSavedObjectMeta.searchSourceJSON.index"
    return {"id": f"marbleline-{view}", "name": name, "type": "index-pattern"}


def _state(chart: Chart) -> dict[str, Any]:
    aggregations: list[dict[str, Any]] = []
    for kind, name, more in chart.metrics:
        aggregations.append(_aggregation(len(aggregations) + 1, kind, name, {"schema": "metric", **more}))
    for kind, name, more in chart.buckets:
        aggregations.append(_aggregation(len(aggregations) + 1, kind, name, more))
    return {
        "title": f"Marbleline: {chart.title}",
        "type": chart.kind,
        "aggs": aggregations,
        "params": {"addLegend": True, "addTooltip": True, "type": chart.kind, **_series(chart)},
    }


def _aggregation(number: int, kind: str, name: str, more: dict[str, Any]) -> dict[str, Any]:
    params = {key: value for key, value in more.items() if key != "schema"}
    return {
        "id": str(number),
        "enabled": True,
        "type": kind,
        "schema": more["schema"],
        "params": {**({"field": name} if name else {}), **params},
    }


def _series(chart: Chart) -> dict[str, Any]:
    if chart.kind not in ("line", "histogram"):
        return chart.params
    mode = chart.params.get("mode", "normal")
    return {
        "categoryAxes": [{"id": "CategoryAxis-1", "type": "category", "position": "bottom", "show": True}],
        "valueAxes": [
            {"id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "left", "show": True}
        ],
        "seriesParams": [
            {
                "show": True,
                "type": chart.kind,
                "mode": mode,
                "data": {"id": str(number), "label": chart.title},
                "valueAxis": "ValueAxis-1",
            }
            for number in range(1, len(chart.metrics) + 1)
        ],
    }


def _dashboard() -> dict[str, Any]:
    panels, references = [], []
    for number, chart in enumerate(CHARTS, 1):
        x, y, width, height = chart.place
        panels.append(
            {
                "type": "visualization",
                "panelIndex": str(number),
                "panelRefName": f"panel_{number}",
                "gridData": {"x": x, "y": y, "w": width, "h": height, "i": str(number)},
                "embeddableConfig": {},
            }
        )
        target = {"type": "visualization", "id": f"marbleline-{_id(chart.title)}"}
        references.append({**target, "name": f"{number}:panel_{number}"})
    attributes = {
        "title": "Marbleline",
        "description": "Throughput, verdicts, defects, lag, dead letters, cameras",
        "panelsJSON": json.dumps(panels),
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": "now-8h",
        "timeTo": "now",
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": json.dumps({"query": {"query": "", "language": "kuery"}, "filter": []})
        },
    }
    return _object("dashboard", "line", attributes, references)


if __name__ == "__main__":
    MADE.write_text(made())
