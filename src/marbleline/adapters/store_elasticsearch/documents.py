"""Frames, verdicts and camera reports as Elasticsearch documents, and back."""

import base64
import json
from collections.abc import Mapping

from marbleline.domain.clock import from_iso, to_iso
from marbleline.domain.frame import Frame
from marbleline.domain.records import CameraReport, FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import SCHEMA_VERSION, text
from marbleline.errors import WireError

_TIMES = ("since", "reported_at", "last_frame_at")


def from_frame(record: FrameRecord) -> bytes:
    """A frame's document, UTF-8 JSON, with the picture in Base64 under ``image``.

    Base64 needs no escaping, so it is put in by hand: a JSON encoder would look at each character.
    """
    frame = record.frame
    head = _encode(
        {
            "@timestamp": to_iso(frame.captured_at),
            "schema_version": SCHEMA_VERSION,
            "frame_id": frame.frame_id,
            "line": frame.line,
            "camera": frame.camera,
            "sequence": frame.sequence,
            "slab_id": frame.slab_id,
            "origin": frame.origin,
            "picture": {"sha256": frame.sha256, "size": frame.size},
            "deadline_ms": frame.deadline_ms,
        }
    )
    return b"".join((head[:-1], b',"image":"', base64.b64encode(record.image), b'"}'))


def image_of(source: Mapping[str, object]) -> bytes:
    """The picture's bytes of a frame's document. Raises WireError."""
    try:
        return base64.b64decode(text(source, "image"), validate=True)
    except ValueError as error:
        raise WireError("field 'image' is no Base64") from error


def from_verdict(verdict: Verdict) -> bytes:
    """A verdict's document: its JSON form, and the time of capture where Kibana looks for a time."""
    return _encode({"@timestamp": to_iso(verdict.frame.captured_at), **verdict.to_document()})


def to_verdict(source: Mapping[str, object]) -> Verdict:
    """The inverse of ``from_verdict``. Raises WireError."""
    return Verdict.from_document(source)


def mark_id(frame: Frame) -> str:
    """Id of the mark that says that this number of this camera has been judged."""
    return f"{frame.camera}/{frame.sequence}"


def from_mark(frame: Frame) -> bytes:
    """What the ledger counts."""
    return _encode({"camera": frame.camera, "sequence": frame.sequence, "frame_id": frame.frame_id})


def from_extra(mark: Mapping[str, object]) -> bytes:
    """The mark of a verdict beyond the first of its number."""
    return _encode({**mark, "extra": True})


def from_camera(report: CameraReport) -> bytes:
    """A report's document; times as ISO 8601 UTC."""
    fields: dict[str, object] = {**report.to_headers(), "@timestamp": to_iso(report.reported_at)}
    for name in _TIMES:
        at = getattr(report, name)
        fields[name] = None if at is None else to_iso(at)
    return _encode(fields)


def to_camera(source: Mapping[str, object]) -> CameraReport:
    """The inverse of ``from_camera``. Raises WireError."""
    times = {name: from_iso(text(source, name)) for name in _TIMES if source.get(name) is not None}
    return CameraReport.from_headers({**source, **times})


def _encode(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
