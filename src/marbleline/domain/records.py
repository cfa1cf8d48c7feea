"""What the store keeps beside verdicts: frames with their pictures, and cameras' own reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from marbleline.domain.frame import Frame
from marbleline.domain.wire import SCHEMA_VERSION, Headers, check_version, integer, text
from marbleline.errors import WireError


class CameraState(StrEnum):
    """Online: pictures come. Stalled: reachable, but none came for too long. Offline: not reachable.

    Full: the spool's quota is used up and the source has to wait. Ended: the source has no more.
    """

    ONLINE = "online"
    STALLED = "stalled"
    OFFLINE = "offline"
    FULL = "full"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A frame and its picture's bytes as captured."""

    frame: Frame
    image: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CameraReport:
    """What a camera says of itself, about once a second.

    ``since``          when it came into this state (microseconds UTC)
    ``reported_at``    when it said so: a report of long ago means a camera process that is away
    ``last_frame_at``  when its last frame was captured, None before the first
    ``captured``       frames that got an identity, the highest sequence
    ``skipped``        pictures dropped before they got one (a full spool behind a video source)
    ``spooled``        frames in the spool now, and their bytes
    """

    line: str
    camera: str
    state: CameraState
    since: int
    reported_at: int
    last_frame_at: int | None
    captured: int
    skipped: int
    spooled: int
    spooled_bytes: int
    detail: str = ""

    def to_headers(self) -> Headers:
        """The report as message headers; its body is empty."""
        headers: Headers = {
            "schema_version": SCHEMA_VERSION,
            "line": self.line,
            "camera": self.camera,
            "state": self.state.value,
            "since": self.since,
            "reported_at": self.reported_at,
            "captured": self.captured,
            "skipped": self.skipped,
            "spooled": self.spooled,
            "spooled_bytes": self.spooled_bytes,
            "detail": self.detail,
        }
        if self.last_frame_at is not None:
            headers["last_frame_at"] = self.last_frame_at
        return headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, object]) -> "CameraReport":
        """The inverse of ``to_headers``. Raises WireError."""
        check_version(headers)
        state = text(headers, "state")
        if state not in set(CameraState):
            raise WireError(f"state {state!r}: expected one of {', '.join(CameraState)}")
        return cls(
            line=text(headers, "line"),
            camera=text(headers, "camera"),
            state=CameraState(state),
            since=integer(headers, "since"),
            reported_at=integer(headers, "reported_at"),
            last_frame_at=integer(headers, "last_frame_at")
            if headers.get("last_frame_at") is not None
            else None,
            captured=integer(headers, "captured"),
            skipped=integer(headers, "skipped"),
            spooled=integer(headers, "spooled"),
            spooled_bytes=integer(headers, "spooled_bytes"),
            detail=text(headers, "detail"),
        )
