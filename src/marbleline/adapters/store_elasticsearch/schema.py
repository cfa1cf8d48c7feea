"""The mappings and index settings of every kind of document.

``dynamic: false`` throughout: a field that only a newer worker knows is kept and given back, but not
searched, until this table has it. ``strict`` would refuse the document, ``true`` would let the first
document decide what a field is.
"""

from collections.abc import Mapping
from typing import Any, Final

from marbleline.domain.model import CLASSES
from marbleline.domain.verdict import Stages

# Raise it with every change below: an older worker that starts again leaves newer templates alone.
TEMPLATE_VERSION: Final = 2

Fields = dict[str, Any]

# A longer term than this can't be indexed (32,766 bytes of UTF-8); the value itself is kept.
_WORD: Final[Fields] = {"type": "keyword", "ignore_above": 8_191}
_TIME: Final[Fields] = {"type": "date_nanos"}
_WHOLE: Final[Fields] = {"type": "long"}
# Double, so that a bound asked for means the same here as in the embedded store.
_REAL: Final[Fields] = {"type": "double"}
_FLAG: Final[Fields] = {"type": "boolean"}
_BYTES: Final[Fields] = {"type": "binary"}


def _columns(kind: Fields, *names: str) -> Fields:
    # Sorted, aggregated and (more slowly) searched from its column alone: no index to build for it.
    return {name: {**kind, "index": False} for name in names}


def _object(fields: Fields) -> Fields:
    return {"properties": fields}


_FRAME: Final[Fields] = {
    "@timestamp": _TIME,
    "schema_version": _WORD,
    "frame_id": _WORD,
    "line": _WORD,
    "camera": _WORD,
    "sequence": _WHOLE,
    "slab_id": _WORD,
    "origin": _WORD,
    **_columns(_WHOLE, "deadline_ms"),
}
_PICTURE: Final[Fields] = {"sha256": _WORD, **_columns(_WHOLE, "size")}

_VERDICT: Final[Fields] = {
    **_FRAME,
    "picture": _object(
        {
            **_PICTURE,
            "media_type": _WORD,
            **_columns(_WHOLE, "width", "height"),
            **_columns(_REAL, "brightness", "contrast", "sharpness"),
        }
    ),
    "decision": _WORD,
    "defect": _WORD,
    "reasons": _WORD,
    "scores": _object(dict.fromkeys(CLASSES, _REAL)),
    "anomaly": _REAL,
    "faulty_probability": _REAL,
    "heatmap": _object({**_columns(_WHOLE, "rows", "columns"), "cells": _BYTES}),
    "model": _object(
        {"name": _WORD, "version": _WHOLE, "digest": _WORD, "runtime": _WORD, "fallback": _FLAG}
    ),
    "thresholds": _object(_columns(_REAL, "good_upto", "faulty_from", "anomaly_upto")),
    "stages": _object(_columns(_TIME, *Stages.__slots__)),
    **_columns(_TIME, "deadline_at"),
    "late": _FLAG,
    **_columns(_REAL, "lateness_ms", "latency_ms"),
    "thumbnail": _BYTES,
}

_PROPERTIES: Final[Mapping[str, Fields]] = {
    "frames": {**_FRAME, "picture": _object(_PICTURE), "image": _BYTES},
    "verdicts": _VERDICT,
    "opinions": {**_VERDICT, "opinion_id": _WORD, "kind": _WORD},
    "labels": {
        "@timestamp": _TIME,
        "schema_version": _WORD,
        "label_id": _WORD,
        "frame_id": _WORD,
        "line": _WORD,
        "camera": _WORD,
        "slab_id": _WORD,
        "picture": _object({"sha256": _WORD}),
        "truth": _WORD,
        "by": _WORD,
        "at": _TIME,
        "shown": _object(
            {"decision": _WORD, "defect": _WORD, "model_version": _WHOLE, "model_digest": _WORD}
        ),
        "region": _object(_columns(_REAL, "left", "top", "width", "height")),
        "withdraws": _WORD,
        "note": {"type": "text"},
    },
    "alarms": {
        "@timestamp": _TIME,
        "schema_version": _WORD,
        "line": _WORD,
        "kind": _WORD,
        "subject": _WORD,
        "raised": _FLAG,
        "at": _TIME,
        "cause": {"type": "text"},
        "remedy": {"type": "text"},
    },
    "cameras": {
        "@timestamp": _TIME,
        "schema_version": _WORD,
        "line": _WORD,
        "camera": _WORD,
        "state": _WORD,
        "since": _TIME,
        "reported_at": _TIME,
        "last_frame_at": _TIME,
        "captured": _WHOLE,
        "skipped": _WHOLE,
        "spooled": _WHOLE,
        "spooled_bytes": _WHOLE,
        **_columns(_WORD, "detail"),
    },
    "judged": {
        "camera": _WORD,
        "sequence": _WHOLE,
        # Looked for, never sorted by: no column.
        "frame_id": {**_WORD, "doc_values": False},
        "extra": _FLAG,
    },
}

_SETTINGS: Final[Fields] = {
    "index": {
        "number_of_shards": 1,
        # One copy on a single node, two where there are two nodes or more.
        "auto_expand_replicas": "0-1",
        # Stored when the answer comes: the promise of ``put_frames`` and ``put_verdicts``.
        "translog": {"durability": "request"},
    }
}
# Base64 shrinks to the size of what it holds under the better codec, at no more CPU: less is written.
_HELD: Final[Fields] = {"index": {**_SETTINGS["index"], "codec": "best_compression"}}
# Pictures are asked for by id, which sees them at once; a rare refresh makes fewer and larger segments.
_PICTURES: Final[Fields] = {"index": {**_HELD["index"], "refresh_interval": "30s"}}


def mappings(kind: str) -> Fields:
    """The mapping of a kind: one of ``names.KINDS``."""
    return {"dynamic": False, "properties": _PROPERTIES[kind]}


def settings(kind: str) -> Fields:
    """The index settings of a kind, without life cycle management."""
    return {"frames": _PICTURES, "verdicts": _HELD, "opinions": _HELD}.get(kind, _SETTINGS)
