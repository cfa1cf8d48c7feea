"""What the store keeps beside verdicts: frames with their pictures, and cameras' own reports."""

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from msgspec.structs import force_setattr

from marbleline.domain.clock import Time
from marbleline.domain.frame import DEFAULT_PRODUCT, Frame, Name
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import UNSEARCHED, WireStruct

_Count = Annotated[int, UNSEARCHED]


class CameraState(StrEnum):
    """Online: pictures come. Stalled: reachable, but none came for too long. Offline: not reachable.

    Full: the spool's quota is used up and the source has to wait. Ended: the source has no more.
    """

    ONLINE = "online"
    STALLED = "stalled"
    OFFLINE = "offline"
    FULL = "full"
    ENDED = "ended"


class BlindCause(StrEnum):
    """Why a camera could capture nothing.

    Restart: its worker ended without being told to (killed, out of memory, power cut) and was started again.
    Rollout: its worker was told to stop and was started again. Source away: the source could not be reached.
    Spool full: there was no room. Held up: the worker ran and did not ask its source for seconds.
    """

    RESTART = "restart"
    ROLLOUT = "rollout"
    SOURCE_AWAY = "source_away"
    SPOOL_FULL = "spool_full"
    HELD_UP = "held_up"


class FrameRecord(WireStruct, frozen=True):
    """A frame and its picture's bytes as captured."""

    frame: Frame
    image: bytes

    time_field: ClassVar = "frame.captured_at"
    search_columns: ClassVar = {
        "frame_id": "frame.frame_id",
        "camera": "frame.camera",
        "sequence": "frame.sequence",
        "captured_at": "frame.captured_at",
    }


class CameraReport(WireStruct, frozen=True, kw_only=True):
    """What a camera says of itself, about once a second.

    ``since``          when it came into this state (microseconds UTC)
    ``reported_at``    when it said so: a report of long ago means a camera process that is away
    ``last_frame_at``  when its last frame was captured, None before the first
    ``captured``       frames that got an identity, the highest sequence
    ``skipped``        pictures dropped before they got one (a full spool behind a video source)
    ``spooled``        frames in the spool now, and their bytes
    ``watched_since``  since when the blind time is counted; it survives restarts of the worker
    ``blind_..._ms``   milliseconds in which it could capture nothing, by ``BlindCause``
    ``last_blind_at``  when the last such span ended, with its length and cause; None if there was none
    ``interval_ms``    time between two captures as its own captures show, None if they are irregular
    ``triggers``       triggers of its station from the first to the newest that it captured; None without a
                       trigger counter
    ``missed``         those of them without a picture of this camera
    ``product``        of the next frame
    ``number``         grows from report to report, whatever is done to the camera's clock; 0 of an older
                       version
    """

    line: str
    camera: str
    state: CameraState
    since: Time
    reported_at: Time
    last_frame_at: Time | None = None
    captured: int
    skipped: int
    spooled: int
    spooled_bytes: int
    detail: Annotated[str, UNSEARCHED] = ""
    watched_since: Annotated[Time | None, UNSEARCHED] = None
    blind_restart_ms: _Count = 0
    blind_rollout_ms: _Count = 0
    blind_source_away_ms: _Count = 0
    blind_spool_full_ms: _Count = 0
    blind_held_up_ms: _Count = 0
    last_blind_at: Annotated[Time | None, UNSEARCHED] = None
    last_blind_ms: _Count = 0
    last_blind_cause: Annotated[BlindCause | None, UNSEARCHED] = None
    interval_ms: Annotated[int | None, UNSEARCHED] = None
    triggers: Annotated[int | None, UNSEARCHED] = None
    missed: Annotated[int | None, UNSEARCHED] = None
    product: Name = DEFAULT_PRODUCT
    number: _Count = 0

    time_field: ClassVar = "reported_at"
    search_columns: ClassVar = {"camera": "camera", "reported_at": "reported_at"}

    @property
    def order(self) -> int:
        """The newest of a camera's reports has the highest."""
        return self.number or self.reported_at

    @property
    def blind_ms(self) -> dict[BlindCause, int]:
        """Milliseconds in which the camera could capture nothing, by cause."""
        return {
            BlindCause.RESTART: self.blind_restart_ms,
            BlindCause.ROLLOUT: self.blind_rollout_ms,
            BlindCause.SOURCE_AWAY: self.blind_source_away_ms,
            BlindCause.SPOOL_FULL: self.blind_spool_full_ms,
            BlindCause.HELD_UP: self.blind_held_up_ms,
        }


class ReceivedVerdict(Verdict, frozen=True):
    """A verdict read from a message: it remembers the bytes, and a store keeps these as they came.

    So fields that only a newer worker knows are kept, and nothing is encoded twice.
    """

    received: bytes = b""

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Read and check it. Raises WireError naming the field that is wrong."""
        made = super().from_json(body)
        force_setattr(made, "received", body)
        return made

    def to_json(self) -> bytes:
        """The bytes that were read."""
        return self.received
