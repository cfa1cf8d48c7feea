"""Sources of moving pictures, through OpenCV: a live stream or device, and a video file."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import cv2

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.picture_files import printable
from marbleline.adapters.sources.registry import FileSettings, SourceContext
from marbleline.adapters.sources.video_reader import VideoReader, open_video
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.domain.picture import Pixels
from marbleline.errors import SourceEnded, SourceUnavailable
from marbleline.ports.source import SPOOL_FULL, CapturedImage, Source

_QUALITY: Final = 95
_USUAL_FPS: Final = 25.0
_ORIGIN: Final = re.compile(r"(.*)#(\d+)(?: \(round (\d+)\))?", re.DOTALL)


def video_source(address: str, rate: float, repeat: bool, clock: Clock = now) -> Source:
    """The source for a device's number, a stream's URL or a file's path."""
    if address.isdecimal():
        return StreamSource(int(address), rate, clock)
    if "://" in address:
        return StreamSource(address, rate, clock)
    return VideoFileSource(Path(address), rate, repeat, clock)


def without_secrets(address: str | int) -> str:
    """The address without user, password and query: ``rtsp://host:554/path``."""
    if isinstance(address, int):
        return f"device {address}"
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class StreamSource(Source):
    """RTSP, HTTP or USB: the newest pictures, up to ``rate`` a second, as JPEG. Reconnects."""

    def __init__(
        self,
        address: str | int,
        rate: float,
        clock: Clock = now,
        open_stream: Callable[[str | int], Any] = open_video,
    ) -> None:
        self._shown = without_secrets(address)
        self._start: Callable[[], VideoReader] = partial(
            VideoReader, address, self._shown, rate, clock, open_stream
        )
        self._reader: VideoReader | None = None

    @property
    def can_wait(self) -> bool:
        """A stream goes on."""
        return False

    @property
    def dropped(self) -> int:
        """Pictures that nobody took before four newer ones had come."""
        return self._reader.dropped if self._reader else 0

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next picture."""
        if self._reader is None:
            self._reader = self._start()
        taken = self._reader.next_image(wait_s)
        if taken is None:
            return None
        at, picture = taken
        return CapturedImage(_jpeg(picture), at, self._shown)

    def close(self) -> None:
        """Disconnect."""
        if self._reader is not None:
            self._reader.close()


class VideoFileSource(Source):
    """A video file, played at its own speed, ``rate`` pictures of each second; once or round and round.

    The origin is the file's name and the picture's number, from 0: ``belt.mp4#125 (round 2)``. A restarted
    camera goes on after the last one that landed.
    """

    def __init__(
        self, path: Path, rate: float, repeat: bool, clock: Clock = now, interval: FrameInterval | None = None
    ) -> None:
        self._path = path
        self._rate = rate
        self._repeat = repeat
        self._clock = clock
        self._pace = interval
        self._capture: Any = None
        self._step = 1.0
        self._position = 0  # number of the picture that the next grab() gives
        self._wanted = 0.0
        self._round = 1
        self._held: CapturedImage | None = None
        self._ended = False

    @property
    def can_wait(self) -> bool:
        """A file waits."""
        return True

    def resume(self, last: Frame | None) -> None:
        """Go on after the last picture that landed, if it was of this file."""
        match = _ORIGIN.fullmatch(last.origin) if last and last.origin else None
        if match and match[1] == self._name:
            self._wanted, self._round = int(match[2]) + 1, int(match[3] or 1)

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next picture when it is due."""
        if self._ended:
            raise SourceEnded(f"video {self._path} is at its end")
        interval = self._open()
        if not interval.wait(wait_s):
            return None
        if self._held is not None:
            captured = CapturedImage(self._held.content, self._clock(), self._held.origin)
        else:
            picture = self._next_picture()
            if picture is None:
                self._end_round()
                return None
            origin = f"{self._name}#{self._position - 1}"
            captured = CapturedImage(
                _jpeg(picture), self._clock(), origin + (f" (round {self._round})" * (self._round > 1))
            )
        interval.passed()
        self._held = captured
        return captured

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """Go on to the next."""
        self._held = None

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """Give it again if it wasn't taken."""
        if reason != SPOOL_FULL:
            self._held = None

    def close(self) -> None:
        """Close the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    @property
    def _name(self) -> str:
        return printable(Path(self._path.name))

    def _open(self) -> FrameInterval:
        if self._capture is None:
            self._capture = open_video(str(self._path)) if self._path.is_file() else None
            if self._capture is None:
                raise SourceUnavailable(f"video {self._path}: is not there or no video that can be read")
            fps = self._capture.get(cv2.CAP_PROP_FPS) or _USUAL_FPS
            self._step = max(1.0, fps / self._rate)
            self._pace = self._pace or FrameInterval(min(fps, self._rate))
            self._position = 0
        if self._pace is None:
            raise RuntimeError("an opened file has a pace")
        return self._pace

    def _next_picture(self) -> Pixels | None:
        while self._capture.grab():
            self._position += 1
            if self._position - 1 < round(self._wanted):
                continue
            fine, picture = self._capture.retrieve()
            self._wanted += self._step
            if fine and picture is not None:
                return picture  # type: ignore[no-any-return]
        return None

    def _end_round(self) -> None:
        self.close()
        if not self._repeat:
            self._ended = True
            raise SourceEnded(f"video {self._path} is at its end")
        if not self._position:
            raise SourceUnavailable(f"video {self._path}: no picture in it can be read")
        self._wanted = 0.0
        self._round += 1


def _jpeg(picture: Pixels) -> bytes:
    fine, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not fine:
        raise SourceUnavailable("a picture can't be encoded as JPEG")
    return content.tobytes()


def open_video_source(context: SourceContext, settings: FileSettings) -> Source:
    """``video:ADDRESS``"""
    return video_source(context.where, settings.rate, settings.repeat)
