"""Reading a live stream on a thread of its own: reconnects, and keeps only the newest pictures."""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import cv2

from marbleline.adapters.sources.newest_images import NewestImages
from marbleline.backoff import Backoff
from marbleline.domain.clock import Clock
from marbleline.domain.picture import Pixels
from marbleline.telemetry.metrics import RECONNECTS

log = logging.getLogger("marbleline.camera")

_TIMEOUT_MS: Final = 10_000
_FIRST_WAIT_S: Final = 0.5
_MOST_WAIT_S: Final = 10.0

# Read by OpenCV when it opens its first stream. UDP loses packets and shows grey smears as pictures; the
# libraries' own messages go to standard error and may show an address with its password.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_video(address: str | int) -> Any:
    """An opened ``cv2.VideoCapture``, or None if it can't be opened within 10 seconds."""
    if isinstance(address, int):
        capture = cv2.VideoCapture(address)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    else:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS]
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if capture.isOpened():
        return capture
    capture.release()
    return None


class VideoReader:
    """Grabs every picture of a stream and keeps up to ``rate`` a second of them, the newest 4."""

    def __init__(
        self,
        address: str | int,
        shown: str,
        rate: float,
        clock: Clock,
        open_stream: Callable[[str | int], Any] = open_video,
        first_wait_s: float = _FIRST_WAIT_S,
    ) -> None:
        self._address = address
        self._shown = shown
        self._step_s = 1.0 / rate
        self._clock = clock
        self._open_stream = open_stream
        self._first_wait_s = first_wait_s
        self._pictures: NewestImages[Pixels] = NewestImages()
        self._was_connected = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="video", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Pictures that nobody took before four newer ones had come."""
        return self._pictures.dropped

    def next_image(self, wait_s: float) -> tuple[int, Pixels] | None:
        """The oldest kept picture and when it was grabbed (microseconds UTC).

        Raises SourceUnavailable if there is none and the stream is away.
        """
        return self._pictures.next(wait_s)

    def close(self) -> None:
        """Stop; a read that hangs is left to itself."""
        self._closing.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        backoff = Backoff(self._first_wait_s, _MOST_WAIT_S)
        while not self._closing.is_set():
            capture = self._open_stream(self._address)
            if capture is None:
                self._lost(f"{self._shown} can't be opened")
            else:
                if self._grab(capture):
                    backoff.reset()
                capture.release()
                self._lost(f"{self._shown} gives no more pictures")
            backoff.wait(self._closing)

    def _grab(self, capture: Any) -> bool:
        """Grab until the stream breaks off; whether it gave any picture."""
        given = False
        due_at = time.monotonic()
        while not self._closing.is_set() and capture.grab():
            at, moment = self._clock(), time.monotonic()
            if not given:
                self._connected()
            given = True
            if moment < due_at:
                continue
            # Half a step of slack, so that a stream slower than the rate is kept whole.
            due_at = max(due_at + self._step_s, moment - self._step_s / 2)
            fine, picture = capture.retrieve()
            if fine and picture is not None:
                self._pictures.keep(at, picture)
        return given

    def _connected(self) -> None:
        log.info("video.connected", extra={"address": self._shown})
        if self._was_connected:
            RECONNECTS.labels(to="camera_stream").inc()
        self._was_connected = True

    def _lost(self, trouble: str) -> None:
        if self._pictures.lost(trouble) and not self._closing.is_set():
            log.warning("video.lost", extra={"detail": trouble})
