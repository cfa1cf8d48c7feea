"""Capture: takes pictures from a source, gives them their identity, and commits them to the spool."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from marbleline.domain.clock import Clock, now, to_iso, uptime
from marbleline.domain.frame import DEFAULT_PRODUCT, Frame, FrameIds, sha256_hex
from marbleline.domain.records import BlindCause, CameraReport, CameraState
from marbleline.domain.slab import as_tile
from marbleline.errors import SourceEnded, SourceUnavailable, SpoolFull
from marbleline.pipeline.camera.blind_time_meter import BlindTimeMeter
from marbleline.pipeline.camera.cadence import Cadence
from marbleline.pipeline.camera.product import CurrentProduct
from marbleline.pipeline.camera.spool import Spool
from marbleline.pipeline.camera.spool_file import CaptureRejection
from marbleline.pipeline.camera.watch_mark import WatchFile
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, CapturedImage, Source
from marbleline.telemetry import tracing

log = logging.getLogger("marbleline.camera")

_TAKE_S: Final = 0.2
_FULL_S: Final = 0.1
_DISK_S: Final = 0.5
_AWAY_S: Final = 0.5
_STARTING: Final = "starting"
_STOPPED: Final = "stopped"


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """``frames`` is how many this run takes before it ends, 0 for no limit.

    ``stall_s``   seconds without a picture after which the camera counts as stalled
    ``grace_s``   seconds that a stop leaves for publishing; the rest stays in the spool
    ``window``    most frames published in one window of confirms
    ``report_s``  seconds between two reports
    ``product``   of the frames until the line is switched to one for the first time
    ``own_product``  of all frames, whatever the line is switched to; None: the line's
    ``region``, ``masks``  what is judged of each picture, see ``domain.region``; None: all of it
    ``idle_s``   end when no picture has come for so many seconds; 0: never
    """

    line: str
    camera: str
    deadline_ms: int = 2_000
    max_frame_bytes: int = 16_000_000
    stall_s: float = 10.0
    frames: int = 0
    grace_s: float = 5.0
    window: int = 16
    report_s: float = 1.0
    idle_s: float = 0.0
    product: str = DEFAULT_PRODUCT
    own_product: str | None = None
    region: str | None = None
    masks: str | None = None


@dataclass(frozen=True, slots=True)
class _Status:
    state: CameraState
    since: int
    detail: str


class Capture:
    """From the source into the spool; its ``report`` may be asked from another thread."""

    def __init__(
        self,
        source: Source,
        spool: Spool,
        options: CameraOptions,
        clock: Clock = now,
        monotonic: Callable[[], float] = uptime,
        product: CurrentProduct | None = None,
    ) -> None:
        self._product = product or CurrentProduct(
            spool.folder, options.line, options.camera, options.product, clock
        )
        self._source = source
        self._spool = spool
        self._options = options
        self._clock = clock
        self._monotonic = monotonic
        self._frame_ids = FrameIds(clock)
        # A picture that could never be committed must not block those behind it.
        self._limit = min(options.max_frame_bytes, spool.quota)
        self._status = _Status(CameraState.OFFLINE, clock(), _STARTING)
        self._committed = 0
        self._skipped = 0
        self._retry_at = 0.0
        self._active_at = monotonic()
        last = spool.last()
        self._last_frame_at = last.captured_at if last else None
        self._cadence = Cadence()
        self._captured_at = self._active_at
        self._blind_time = BlindTimeMeter(WatchFile(spool.folder), clock, monotonic, self._last_frame_at)
        if last and last.trigger:
            self._blind_time.triggered(last.trigger)

    def limit_to(self, size: int) -> None:
        """Refuse pictures of more bytes from now on: the broker would not take them."""
        self._limit = min(self._limit, size)

    def report(self) -> CameraReport:
        """What the camera says of itself now."""
        usage = self._spool.usage()
        status = self._status
        interval = self._cadence.interval()
        report = CameraReport(
            line=self._options.line,
            camera=self._options.camera,
            state=status.state,
            since=status.since,
            reported_at=self._clock(),
            last_frame_at=self._last_frame_at,
            captured=self._spool.next_sequence - 1,
            skipped=self._skipped + self._source.dropped,
            spooled=usage.frames,
            spooled_bytes=usage.bytes,
            detail=status.detail,
            interval_ms=round(interval * 1000) if interval else None,
            product=self._options.own_product or self._product.name,
        )
        return self._blind_time.put_into(report)

    def stopped(self, *, requested: bool = True) -> None:
        """No more steps, ``requested`` or by a defect: unless its source has ended, the camera is offline."""
        ended = self._status.state is CameraState.ENDED
        self._blind_time.ended(told=requested, source_ended=ended)
        if not ended:
            self._enter(CameraState.OFFLINE, _STOPPED)

    def step(self, stop: threading.Event) -> bool:
        """Take at most one picture and commit it; False if there will be no more.

        Raises SourceUnavailable from a camera that is to end by itself: its source could not be read.
        """
        if self._options.frames and self._committed >= self._options.frames:
            self._enter(CameraState.ENDED, f"took the {self._options.frames} frames that it was set to")
            return False
        full = self._status.state is CameraState.FULL and not self._may_retry()
        if full and self._source.can_wait:
            self._mark_blind(BlindCause.SPOOL_FULL)
            stop.wait(_FULL_S)
            return True
        try:
            captured = self._source.next_image(_TAKE_S)
        except SourceEnded as error:
            self._enter(CameraState.ENDED, str(error))
            return False
        except SourceUnavailable as error:
            self._enter(CameraState.OFFLINE, str(error))
            self._mark_blind(BlindCause.SOURCE_AWAY)
            if self._options.idle_s:
                raise
            stop.wait(_AWAY_S)
            return True
        if captured is None:
            if self._options.idle_s and self._monotonic() - self._active_at > self._options.idle_s:
                self._enter(CameraState.ENDED, "nothing more lay there")
                return False
            if full:
                self._mark_blind(BlindCause.SPOOL_FULL)
            else:
                self._no_picture()
        elif full:
            self._mark_blind(BlindCause.SPOOL_FULL)
            self._reject(captured, self._status.detail)
        else:
            self._commit(captured)
        return True

    def _commit(self, captured: CapturedImage) -> None:
        """Put the picture into the spool as a frame; one that is too large goes there without its content."""
        size = len(captured.content) if captured.size is None else captured.size
        rejection = None
        if size > self._limit:
            rejection = CaptureRejection(TOO_LARGE, f"{size} bytes, the limit is {self._limit}")
        try:
            frame = self._frame_of(captured, size)
            self._spool.append(frame, b"" if rejection else captured.content, rejection)
        except SpoolFull as error:
            self._retry_at = self._monotonic() + _DISK_S
            self._enter(CameraState.FULL, str(error))
            self._mark_blind(BlindCause.SPOOL_FULL)
            self._reject(captured, str(error))
            return
        self._count(frame)
        fields = {**frame.to_headers(), "captured_at": to_iso(frame.captured_at)}
        if rejection is None:
            log.info("frame.captured", extra=fields)
            tracing.record_capture(frame, self._clock())
            self._source.committed(captured, frame)
        else:
            log.warning(
                "frame.refused", extra={**fields, "reason": rejection.reason, "detail": rejection.detail}
            )
            self._source.rejected(captured, rejection.reason, rejection.detail)

    def _frame_of(self, captured: CapturedImage, size: int) -> Frame:
        """The picture's identity. Raises SpoolFull if the product can't be kept."""
        sequence = self._spool.next_sequence
        frame = Frame(
            frame_id=self._frame_ids(),
            line=self._options.line,
            camera=self._options.camera,
            sequence=sequence,
            captured_at=captured.captured_at,
            sha256=sha256_hex(captured.content),
            size=size,
            deadline_ms=self._options.deadline_ms,
            slab_id=captured.slab_id,
            origin=captured.origin,
            product=captured.product or self._options.own_product or self._product.stamp(sequence),
            region=self._options.region,
            masks=self._options.masks,
        )
        return frame if captured.tile is None else as_tile(frame, captured.tile)

    def _count(self, frame: Frame) -> None:
        self._committed += 1
        self._last_frame_at = frame.captured_at
        self._active_at = self._captured_at = self._monotonic()
        self._cadence.captured(self._captured_at)
        self._blind_time.watching()
        if frame.trigger:
            self._blind_time.triggered(frame.trigger)
        self._enter(CameraState.ONLINE)

    def _reject(self, captured: CapturedImage, detail: str) -> None:
        if not self._source.can_wait:
            self._skipped += 1
        self._source.rejected(captured, SPOOL_FULL, detail)

    def _may_retry(self) -> bool:
        return self._spool.has_room() and self._monotonic() >= self._retry_at

    def _mark_blind(self, cause: BlindCause) -> None:
        """The camera can't capture. One that captures regularly could not since its picture was due."""
        interval = self._cadence.interval()
        self._blind_time.blind(cause, None if interval is None else self._captured_at + interval)
        self._cadence.interrupted()

    def _no_picture(self) -> None:
        if self._source.can_wait:
            self._blind_time.watching()
        else:  # a stream may still be on its way: only a picture shows that it is there
            self._blind_time.waiting()
        state = self._status.state
        if state not in (CameraState.ONLINE, CameraState.STALLED):
            self._active_at = self._monotonic()
            self._enter(CameraState.ONLINE)
        elif state is CameraState.ONLINE and self._monotonic() - self._active_at >= self._options.stall_s:
            self._enter(CameraState.STALLED, f"no picture for {self._options.stall_s:g} s")

    def _enter(self, state: CameraState, detail: str = "") -> None:
        before = self._status
        same = state is before.state
        self._status = _Status(state, before.since if same else self._clock(), detail)
        if same and before.detail != _STARTING:
            return
        fine = state in (CameraState.ONLINE, CameraState.ENDED) or detail == _STOPPED
        log.log(
            logging.INFO if fine else logging.WARNING,
            "camera.state",
            extra={
                "camera": self._options.camera,
                "state": state.value,
                "detail": detail,
                "skipped": self._skipped,
            },
        )
