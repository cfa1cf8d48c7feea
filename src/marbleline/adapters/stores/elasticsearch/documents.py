"""What Elasticsearch's documents have of their own; messages are stored in their JSON form."""

import base64
import json
from collections.abc import Mapping

from marbleline.domain.fields import text
from marbleline.domain.frame import Frame
from marbleline.domain.wire import WireStruct
from marbleline.errors import WireError


def one_line(record: WireStruct) -> bytes:
    """The JSON form on one line, as the bulk API wants it; whoever sent it may have set it in several.

    A line break inside a text is escaped in JSON, so all others lie between its parts.
    """
    return record.to_json().replace(b"\n", b" ")


def image_of(source: Mapping[str, object]) -> bytes:
    """The picture's bytes of a frame's document. Raises WireError."""
    try:
        return base64.b64decode(text(source, "image"), validate=True)
    except ValueError as error:
        raise WireError("field 'image' is no Base64") from error


def mark_id(frame: Frame) -> str:
    """Id of the mark that says that this number of this camera has been judged."""
    return f"{frame.camera}/{frame.sequence}"


def from_mark(frame: Frame) -> bytes:
    """What the ledger counts."""
    return _encode({"camera": frame.camera, "sequence": frame.sequence, "frame_id": frame.frame_id})


def from_extra(mark: Mapping[str, object]) -> bytes:
    """The mark of a verdict beyond the first of its number."""
    return _encode({**mark, "extra": True})


def _encode(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
