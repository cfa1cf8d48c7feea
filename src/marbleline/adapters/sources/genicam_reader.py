"""Reading a GenICam camera on a thread of its own: reconnects, and keeps the newest frames."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import viva_genicam

from marbleline.adapters.sources.genicam_camera import FREE, SOFTWARE
from marbleline.adapters.sources.newest_images import NewestImages
from marbleline.backoff import Backoff
from marbleline.domain.clock import Clock
from marbleline.errors import SourceUnavailable
from marbleline.telemetry.metrics import FRAMES_INCOMPLETE, RECONNECTS

log = logging.getLogger("marbleline.camera")

_POLL_S: Final = 0.1
_FIRST_WAIT_S: Final = 0.1
_MOST_WAIT_S: Final = 0.3  # finding a camera takes half a second by itself
_CLOSING_S: Final = 1.0


class StreamingCamera(Protocol):
    """What the reader asks of a ``GenicamCamera``."""

    shown: str

    @property
    def incomplete(self) -> int: ...

    @property
    def overrun(self) -> int: ...

    def next_frame(self, wait_s: float) -> viva_genicam.Frame | None: ...

    def number_and_time(self, frame: viva_genicam.Frame) -> tuple[int, int | None]: ...

    def fire(self) -> None: ...

    def check(self, timeout_s: float) -> None: ...

    def close(self) -> None: ...


class NumberedFrame:
    """A frame with the camera's own number and time of it, for people."""

    __slots__ = ("frame", "origin")

    def __init__(self, frame: viva_genicam.Frame, origin: str) -> None:
        self.frame = frame
        self.origin = origin


class GenicamReader:
    """Takes every complete frame and keeps the newest 4 of those that are wanted.

    ``trigger``    ``free``: up to ``rate`` frames a second are kept, and the camera counts as lost after
                   ``timeout_s`` without a complete one. ``software``: a frame for each ``request``. Else the
                   camera's own trigger: all frames are kept, and silence is answered by asking the camera.
    ``camera``     the name in metrics
    """

    def __init__(
        self,
        connect: Callable[[], StreamingCamera],
        camera: str,
        trigger: str,
        rate: float,
        timeout_s: float,
        clock: Clock,
    ) -> None:
        self._connect = connect
        self._camera_name = camera
        self._trigger = trigger
        self._step_s = 1.0 / rate if trigger == FREE else 0.0
        self._timeout_s = timeout_s
        self._clock = clock
        self._images: NewestImages[NumberedFrame] = NewestImages()
        self._requested = threading.Event()
        self._requested_at = 0.0
        self._closing = threading.Event()
        self._was_connected = False
        self._shown = camera
        self._lost_frames = 0
        self._noted_incomplete = self._noted_overrun = 0  # of the stream that is read now
        self._due_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="genicam", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Frames that were incomplete, and those that nobody took in time."""
        return self._images.dropped + self._lost_frames

    def request(self) -> None:
        """Have the camera expose a frame, unless one is on its way; for a trigger in software."""
        if not self._requested.is_set():
            self._requested_at = time.monotonic()
            self._requested.set()

    def next_frame(self, wait_s: float) -> tuple[int, NumberedFrame] | None:
        """The oldest kept frame and when it came, or was triggered in software (microseconds UTC).

        Raises SourceUnavailable if there is none and the camera is away.
        """
        # The library may wait longer for a camera that does not answer.
        waited_s = time.monotonic() - self._requested_at if self._requested.is_set() else 0.0
        if waited_s > self._timeout_s and not self._images.away:
            self._lost(f"{self._shown}: no complete frame within {self._timeout_s:g} s of a trigger")
        return self._images.next(wait_s)

    def close(self) -> None:
        """Stop; a camera that hangs is left to the thread."""
        self._closing.set()
        self._requested.set()
        self._thread.join(_CLOSING_S)

    def _run(self) -> None:
        backoff = Backoff(_FIRST_WAIT_S, _MOST_WAIT_S)
        while not self._closing.is_set():
            try:
                self._read_until_lost(self._connect(), backoff)
            except SourceUnavailable as error:
                self._lost(str(error))
            backoff.wait(self._closing)

    def _read_until_lost(self, camera: StreamingCamera, backoff: Backoff) -> None:
        backoff.reset()
        self._shown = camera.shown
        if self._trigger != FREE:
            self._connected()  # there may be no trigger for a long time
        try:
            if self._trigger == SOFTWARE:
                self._answer_requests(camera)
            else:
                self._read(camera)
        except SourceUnavailable as error:
            self._lost(str(error))  # before close() waits for a camera that does not answer
        finally:
            self._count(camera)
            self._noted_incomplete = self._noted_overrun = 0
            camera.close()

    def _read(self, camera: StreamingCamera) -> None:
        silent_since = time.monotonic()
        limit_s = self._timeout_s if self._trigger == FREE else self._timeout_s / 2
        while not self._closing.is_set():
            frame = camera.next_frame(min(_POLL_S, limit_s))
            at, moment = self._clock(), time.monotonic()
            self._count(camera)
            if frame is not None:
                silent_since = moment
                self._keep(camera, frame, at, moment)
            elif moment - silent_since >= limit_s:
                if self._trigger == FREE:
                    raise SourceUnavailable(f"{camera.shown}: no complete frame for {self._timeout_s:g} s")
                camera.check(limit_s)
                silent_since = time.monotonic()

    def _answer_requests(self, camera: StreamingCamera) -> None:
        while not self._closing.is_set():
            if not self._requested.wait(self._timeout_s / 2):
                camera.check(self._timeout_s / 2)
                continue
            fired_at = self._clock()
            camera.fire()
            frame = self._frame_of_trigger(camera)
            if frame is not None:
                self._requested.clear()
                self._keep(camera, frame, fired_at, time.monotonic())

    def _frame_of_trigger(self, camera: StreamingCamera) -> viva_genicam.Frame | None:
        give_up_at = time.monotonic() + self._timeout_s
        while not self._closing.is_set():
            frame = camera.next_frame(_POLL_S)
            self._count(camera)
            if frame is not None:
                return frame
            if time.monotonic() >= give_up_at:
                raise SourceUnavailable(
                    f"{camera.shown}: no complete frame within {self._timeout_s:g} s of a trigger"
                )
        return None

    def _keep(self, camera: StreamingCamera, frame: viva_genicam.Frame, at: int, moment: float) -> None:
        self._connected()
        if moment < self._due_at:
            return
        if self._step_s:
            # Half a step of slack, so that a camera slower than the rate is kept whole.
            self._due_at = max(self._due_at + self._step_s, moment - self._step_s / 2)
        number, ticks = camera.number_and_time(frame)
        time_of_it = "" if ticks is None else f" at {ticks}"
        self._images.keep(at, NumberedFrame(frame, f"{camera.shown}#{number}{time_of_it}"))

    def _connected(self) -> None:
        if self._images.connected() and self._was_connected:
            RECONNECTS.labels(to="camera_stream").inc()
        self._was_connected = True

    def _count(self, camera: StreamingCamera) -> None:
        incomplete, overrun = camera.incomplete, camera.overrun
        if new := incomplete - self._noted_incomplete:
            FRAMES_INCOMPLETE.labels(camera=self._camera_name).inc(new)
        self._lost_frames += new + overrun - self._noted_overrun
        self._noted_incomplete, self._noted_overrun = incomplete, overrun

    def _lost(self, trouble: str) -> None:
        if self._images.lost(trouble) and not self._closing.is_set():
            log.warning("genicam.lost", extra={"detail": trouble})
