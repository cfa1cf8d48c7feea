"""A frame: one picture taken by one camera of one slab, and its identity on the wire."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from marbleline.domain.clock import Clock
from marbleline.domain.wire import SCHEMA_VERSION, Headers, check_version, integer, text
from marbleline.errors import SettingError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Frame:
    """The identity of a picture from capture on. The picture's bytes travel beside it.

    ``frame_id``     sorts by time of capture, never changes, unique in the plant
    ``sequence``     1, 2, 3 ... per camera and spool, without a gap: a missing number is a lost frame
    ``captured_at``  microseconds since 1970, UTC
    ``sha256``       of the picture's bytes as captured, hexadecimal
    ``deadline_ms``  how long after capture a verdict is of use; a later one is marked late
    """

    frame_id: str
    line: str
    camera: str
    sequence: int
    captured_at: int
    sha256: str
    size: int
    deadline_ms: int
    slab_id: str | None = None
    origin: str | None = None

    def to_headers(self) -> Headers:
        """Flat names and values as message headers carry them: text and integers only."""
        headers: Headers = {
            "schema_version": SCHEMA_VERSION,
            "frame_id": self.frame_id,
            "line": self.line,
            "camera": self.camera,
            "sequence": self.sequence,
            "captured_at": self.captured_at,
            "sha256": self.sha256,
            "size": self.size,
            "deadline_ms": self.deadline_ms,
        }
        if self.slab_id is not None:
            headers["slab_id"] = self.slab_id
        if self.origin is not None:
            headers["origin"] = self.origin
        return headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, object]) -> "Frame":
        """The inverse of ``to_headers``. Headers that it doesn't know are passed over.

        Raises WireError naming the header that is missing or of a wrong type.
        """
        check_version(headers)
        return cls(
            frame_id=text(headers, "frame_id"),
            line=text(headers, "line"),
            camera=text(headers, "camera"),
            sequence=integer(headers, "sequence"),
            captured_at=integer(headers, "captured_at"),
            sha256=text(headers, "sha256"),
            size=integer(headers, "size"),
            deadline_ms=integer(headers, "deadline_ms"),
            slab_id=text(headers, "slab_id") if headers.get("slab_id") is not None else None,
            origin=text(headers, "origin") if headers.get("origin") is not None else None,
        )


def sha256_hex(content: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def check_name(kind: str, name: str) -> str:
    """A line's or camera's name, fit for folders, routing keys and Kubernetes labels.

    Raises SettingError if it isn't 1 to 63 lower-case letters, digits and inner hyphens.
    """
    if not _NAME.fullmatch(name):
        raise SettingError(
            f"{kind} {name!r}: use 1 to 63 lower-case letters, digits and hyphens, not at either end"
        )
    return name


class FrameIds:
    """Makes frame ids: UUID version 7 (RFC 9562, section 5.7, method 3 for the sub-millisecond part).

    Within one instance each id sorts after the one before, even when the clock steps back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> str:
        """A new id, 36 characters."""
        # 48 bits of milliseconds and 12 bits of their fraction, counted as one number.
        micros = self._clock()
        stamp = (micros // 1000) << 12 | (micros % 1000) * 4096 // 1000
        stamp = max(stamp, self._last + 1)
        self._last = stamp
        tail = secrets.randbits(62)
        number = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail
        digits = f"{number:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
