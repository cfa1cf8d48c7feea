"""Capture: takes pictures from a source, gives them their identity, and lands them in the spool."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from marbleline.domain.clock import Clock, now, to_iso
from marbleline.domain.frame import Frame, FrameIds, sha256_hex
from marbleline.domain.records import CameraReport, CameraState
from marbleline.errors import SourceEnded, SourceUnavailable, SpoolFull
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, Shot, Source
from marbleline.telemetry import tracing
from marbleline.workers.spool import Spool
from marbleline.workers.spool_file import Refusal

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
    ``quiet_s``   end when no picture has come for so many seconds; 0: never
    """

    line: str
    camera: str
    deadline_ms: int = 2_000
    max_frame_bytes: int = 20_000_000
    stall_s: float = 10.0
    frames: int = 0
    grace_s: float = 5.0
    window: int = 16
    report_s: float = 1.0
    quiet_s: float = 0.0


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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._spool = spool
        self._options = options
        self._clock = clock
        self._monotonic = monotonic
        self._frame_ids = FrameIds(clock)
        # A picture that could never land must not block those behind it.
        self._limit = min(options.max_frame_bytes, spool.quota)
        self._status = _Status(CameraState.OFFLINE, clock(), _STARTING)
        self._landed = 0
        self._skipped = 0
        self._retry_at = 0.0
        self._sign_at = monotonic()
        last = spool.last()
        self._last_frame_at = last.captured_at if last else None

    def report(self) -> CameraReport:
        """What the camera says of itself now."""
        figures = self._spool.figures()
        status = self._status
        return CameraReport(
            line=self._options.line,
            camera=self._options.camera,
            state=status.state,
            since=status.since,
            reported_at=self._clock(),
            last_frame_at=self._last_frame_at,
            captured=self._spool.next_sequence - 1,
            skipped=self._skipped + self._source.dropped,
            spooled=figures.frames,
            spooled_bytes=figures.bytes,
            detail=status.detail,
        )

    def stopped(self) -> None:
        """No more steps: unless the source has ended, the camera is now offline on purpose."""
        if self._status.state is not CameraState.ENDED:
            self._enter(CameraState.OFFLINE, _STOPPED)

    def step(self, stop: threading.Event) -> bool:
        """Take at most one picture and land it; False if there will be no more.

        Raises SourceUnavailable from a camera that is to end by itself: its source was never looked at.
        """
        if self._options.frames and self._landed >= self._options.frames:
            self._enter(CameraState.ENDED, f"took the {self._options.frames} frames that it was set to")
            return False
        full = self._status.state is CameraState.FULL and not self._worth_another_try()
        if full and self._source.patient:
            stop.wait(_FULL_S)
            return True
        try:
            shot = self._source.take(_TAKE_S)
        except SourceEnded as error:
            self._enter(CameraState.ENDED, str(error))
            return False
        except SourceUnavailable as error:
            self._enter(CameraState.OFFLINE, str(error))
            if self._options.quiet_s:
                raise
            stop.wait(_AWAY_S)
            return True
        if shot is None:
            if self._options.quiet_s and self._monotonic() - self._sign_at > self._options.quiet_s:
                self._enter(CameraState.ENDED, "nothing more lay there")
                return False
            if not full:
                self._no_picture()
        elif full:
            self._refuse(shot, self._status.detail)
        else:
            self._keep(shot)
        return True

    def _keep(self, shot: Shot) -> None:
        size = len(shot.content) if shot.size is None else shot.size
        refusal = None
        if size > self._limit:
            refusal = Refusal(TOO_LARGE, f"{size} bytes, the limit is {self._limit}")
        frame = Frame(
            frame_id=self._frame_ids(),
            line=self._options.line,
            camera=self._options.camera,
            sequence=self._spool.next_sequence,
            captured_at=shot.captured_at,
            sha256=sha256_hex(shot.content),
            size=size,
            deadline_ms=self._options.deadline_ms,
            slab_id=shot.slab_id,
            origin=shot.origin,
        )
        try:
            self._spool.land(frame, b"" if refusal else shot.content, refusal)
        except SpoolFull as error:
            self._retry_at = self._monotonic() + _DISK_S
            self._enter(CameraState.FULL, str(error))
            self._refuse(shot, str(error))
            return
        self._landed += 1
        self._last_frame_at = frame.captured_at
        self._sign_at = self._monotonic()
        self._enter(CameraState.ONLINE)
        fields = {**frame.to_headers(), "captured_at": to_iso(frame.captured_at)}
        if refusal is None:
            log.info("frame.captured", extra=fields)
            tracing.note_capture(frame, self._clock())
            self._source.landed(shot, frame)
        else:
            log.warning("frame.refused", extra={**fields, "reason": refusal.reason, "detail": refusal.detail})
            self._source.refused(shot, refusal.reason, refusal.detail)

    def _refuse(self, shot: Shot, detail: str) -> None:
        if not self._source.patient:
            self._skipped += 1
        self._source.refused(shot, SPOOL_FULL, detail)

    def _worth_another_try(self) -> bool:
        return self._spool.has_room() and self._monotonic() >= self._retry_at

    def _no_picture(self) -> None:
        state = self._status.state
        if state not in (CameraState.ONLINE, CameraState.STALLED):
            self._sign_at = self._monotonic()
            self._enter(CameraState.ONLINE)
        elif state is CameraState.ONLINE and self._monotonic() - self._sign_at >= self._options.stall_s:
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
