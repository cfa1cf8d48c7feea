"""The published JSON Schemas of verdicts and slab verdicts, made from their declarations."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from marbleline.domain.clock import Time
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import SCHEMA_VERSION, WireStruct

_MAJOR: Final = SCHEMA_VERSION.split(".", 1)[0]
_TIME: Final = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
}
_VERSION: Final = {
    "type": "string",
    "pattern": rf"^{_MAJOR}\.[0-9]+$",
    "description": "The major number changes when a field goes or changes its meaning",
}


def verdict_schema() -> dict[str, object]:
    """The schema of ``verdict.schema.json``."""
    return _schema(Verdict, "verdict")


def slab_verdict_schema() -> dict[str, object]:
    """The schema of ``slab_verdict.schema.json``."""
    return _schema(SlabVerdict, "slab verdict")


def _schema(kind: type[WireStruct], title: str) -> dict[str, object]:
    """JSON Schema, draft 2020-12. Every field is required: a writer leaves none out."""
    (_,), parts = msgspec.json.schema_components(
        (kind,), schema_hook=_schema_of, ref_template="#/$defs/{name}"
    )
    described = {name: _all_required(part) for name, part in sorted(parts.items())}
    root = described.pop(kind.__name__)
    properties = {"schema_version": _VERSION, **root["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:marbleline:{title.replace(' ', '-')}:{SCHEMA_VERSION}",
        **root,
        "title": f"Marbleline {title}",
        "required": list(properties),
        "properties": properties,
        "$defs": described,
    }


def _schema_of(kind: type) -> dict[str, object]:
    if kind is Time:
        return dict(_TIME)
    raise NotImplementedError(kind)


def _all_required(part: Mapping[str, Any]) -> dict[str, Any]:
    part = {**part, "description": inspect.cleandoc(part.get("description", ""))}
    if "properties" not in part:
        return part
    properties = {
        # A default is what our own code may leave out when it makes one, nothing that a reader meets.
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in part["properties"].items()
    }
    return {**part, "properties": properties, "required": list(properties)}
