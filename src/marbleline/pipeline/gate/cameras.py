"""The station's cameras: a picture each for a trigger, only if it was certainly taken in time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from marbleline.domain.clock import Clock
from marbleline.domain.frame import DEFAULT_PRODUCT, Frame, FrameIds, sha256_hex
from marbleline.domain.records import CameraReport, CameraState
from marbleline.errors import SourceEnded, SourceUnavailable, SpoolFull
from marbleline.pipeline.camera.spool import Spool
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, CapturedImage, Source

# Between the machine's clock and one that goes on by the monotonic clock, which NTP slews alike.
_SLACK_US: Final = 1_000
_ALL: Final = 2**62


@dataclass(frozen=True, slots=True)
class Exposure:
    """``until`` is the latest for a picture, seconds of the monotonic clock.

    ``clock`` gives wall time that goes on from the trigger by the monotonic clock, whatever is done to the
    machine's.
    """

    until: float
    clock: Clock


@dataclass(frozen=True, slots=True)
class SlabPart:
    """Of which slab a picture is, and which part of it."""

    slab_id: str
    trigger: int
    tile: int
    tiles: int


@dataclass(slots=True)
class StationCamera:
    """A camera of the station. ``expose`` is for one thread, ``report`` for any.

    ``product``    of the next slab's frames; changed by the thread that exposes, between two slabs
    ``max_bytes``  a picture of more is none
    ``region``, ``masks``  what is judged of each picture, see ``domain.region``; None: all of it
    """

    line: str
    name: str
    source: Source
    spool: Spool
    deadline_ms: int
    max_bytes: int
    wall: Clock
    monotonic: Callable[[], float] = time.monotonic
    product: str = DEFAULT_PRODUCT
    region: str | None = None
    masks: str | None = None
    _status: tuple[CameraState, int, str] = field(init=False)
    _captured: tuple[int, int | None] = (0, None)
    _triggers: int = 0
    _missed: int = 0
    _ids: FrameIds = field(init=False)
    _began: tuple[int, float] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Go on where the spool ended."""
        last = self.spool.last()
        self._captured = (self.spool.next_sequence - 1, last.captured_at if last else None)
        self._status = (CameraState.OFFLINE, self.wall(), "starting")
        self._ids = FrameIds(self.wall)
        self._began = self.wall(), self.monotonic()
        self.source.resume(last)

    def expose(self, exposure: Exposure) -> CapturedImage | None:
        """A picture of what lies under the camera, None if there is none that was certainly taken in time."""
        began_at = exposure.clock() - _SLACK_US
        while (left := exposure.until - self.monotonic()) > 0:
            try:
                image = self.source.next_image(left)
            except (SourceUnavailable, SourceEnded) as error:
                self._enter(CameraState.OFFLINE, str(error))
                return None
            if image is None:
                continue
            # A source that runs by itself may have had this one ready since before the trigger.
            fresh = began_at <= image.captured_at <= exposure.clock() + _SLACK_US
            if fresh and self.monotonic() <= exposure.until:
                self._enter(CameraState.ONLINE, "")
                return image
            self.source.rejected(image, SPOOL_FULL, "not taken within the trigger's time")
        self._enter(CameraState.STALLED, "no picture within the trigger's time")
        return None

    def frame_of(self, image: CapturedImage, part: SlabPart, clock: Clock, ahead: int = 0) -> Frame:
        """The picture's identity. ``ahead`` others are to land in the spool before it."""
        return Frame(
            frame_id=self._ids(),
            line=self.line,
            camera=self.name,
            sequence=self.spool.next_sequence + ahead,
            captured_at=min(image.captured_at, clock()),
            sha256=sha256_hex(image.content),
            size=len(image.content),
            deadline_ms=self.deadline_ms,
            slab_id=part.slab_id,
            origin=image.origin,
            trigger=part.trigger,
            tile=part.tile,
            tiles=part.tiles,
            product=self.product,
            region=self.region,
            masks=self.masks,
        )

    def keep(self, frame: Frame, image: CapturedImage) -> bool:
        """Make the frame durable; False if the spool has no room for it or for the one before it."""
        if frame.sequence != self.spool.next_sequence:
            return self._no_room(image, f"the frame before {frame.sequence} did not land")
        try:
            self.spool.append(frame, image.content)
        except SpoolFull as error:
            return self._no_room(image, str(error))
        self.source.committed(image, frame)
        with self._lock:
            self._captured = (frame.sequence, frame.captured_at)
        return True

    def too_large(self, image: CapturedImage) -> bool:
        """Whether the picture is none for the line; then the source is told."""
        size = len(image.content) if image.size is None else image.size
        if size <= self.max_bytes:
            return False
        self.source.rejected(image, TOO_LARGE, f"{size} bytes, the limit is {self.max_bytes}")
        return True

    def count(self, triggers: int, *, missed: bool) -> None:
        """So many triggers more, with or without a picture of this camera."""
        with self._lock:
            self._triggers += triggers
            self._missed += triggers if missed else 0

    def held(self) -> set[str]:
        """The ids of all frames in the spool."""
        waiting = self.spool.pending(_ALL, _ALL)
        return {one.frame_id for one in (*waiting, *self.spool.retained())}

    def report(self) -> CameraReport:
        """What the camera says of itself now."""
        usage = self.spool.usage()
        with self._lock:
            (state, since, detail), (captured, last_at) = self._status, self._captured
            triggers, missed = self._triggers, self._missed
        first_number, began = self._began
        return CameraReport(
            line=self.line,
            camera=self.name,
            state=state,
            since=since,
            reported_at=self.wall(),
            last_frame_at=last_at,
            captured=captured,
            skipped=self.source.dropped,
            spooled=usage.frames,
            spooled_bytes=usage.bytes,
            detail=detail,
            product=self.product,
            triggers=triggers,
            missed=missed,
            number=first_number + round((self.monotonic() - began) * 1e6),
        )

    def _no_room(self, image: CapturedImage, detail: str) -> bool:
        self._enter(CameraState.FULL, detail)
        self.source.rejected(image, SPOOL_FULL, detail)
        return False

    def _enter(self, state: CameraState, detail: str) -> None:
        with self._lock:
            before, since, _ = self._status
            self._status = (state, since if state is before else self.wall(), detail)
