"""The mapping that follows from a message's declaration."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, get_args, get_origin

from marbleline.domain.clock import Time
from marbleline.domain.wire import WireStruct, field_types, part_of

Fields = dict[str, Any]

# A longer term than this can't be indexed (32,766 bytes of UTF-8); the value itself is kept.
WORD: Final[Fields] = {"type": "keyword", "ignore_above": 8_191}
_TYPES: Final[dict[object, Fields]] = {
    str: WORD,
    int: {"type": "long"},
    # Double, so that a bound asked for means the same here as in the embedded store.
    float: {"type": "double"},
    bool: {"type": "boolean"},
    bytes: {"type": "binary"},
    Time: {"type": "date_nanos"},
}


def properties(kind: type[WireStruct]) -> Fields:
    """The properties of a message's documents.

    What is searched by under a name of its own is an alias of the field, so that ``camera`` means the same
    in every index; so is ``@timestamp``, where Kibana looks for a time. Documents are stored as they came.
    """
    paths = {**kind.search_columns, "@timestamp": kind.time_field}
    fields = _fields(kind)
    aliases = {
        name: {"type": "alias", "path": path}
        for name, path in paths.items()
        if path != name and _is_mapped(fields, path)
    }
    return {**aliases, "schema_version": WORD, **fields}


def _fields(kind: type[WireStruct]) -> Fields:
    return {name: _field(of, extra) for name, of, _, extra in field_types(kind)}


def _field(of: object, extra: Mapping[str, Any]) -> Fields:
    if isinstance(of, type) and issubclass(of, WireStruct):
        return {"properties": _fields(of)}
    if (part := part_of(of)) is not None:
        return {"properties": _fields(part)}
    if "keys" in extra:
        return {"properties": dict.fromkeys(extra["keys"], _TYPES[float])}
    if "prose" in extra:
        return {"type": "text"}
    if get_origin(of) is tuple and any(get_origin(part) is tuple for part in get_args(of)):
        return {"type": "object", "enabled": False}  # Figures in rows, such as a polygon: kept as they are.
    if get_origin(of) is tuple or (isinstance(of, type) and issubclass(of, Enum)):
        of = str  # Elasticsearch has no arrays of their own: a field may hold several terms.
    return {**_TYPES[of], **({} if extra.get("searched", True) else {"index": False})}


def _is_mapped(fields: Fields, path: str) -> bool:
    first, _, rest = path.partition(".")
    if first not in fields:
        return False
    return not rest or _is_mapped(fields[first]["properties"], rest)
