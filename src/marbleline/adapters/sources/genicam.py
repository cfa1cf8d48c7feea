"""A GigE Vision camera as a source, through viva-genicam."""

from collections.abc import Callable
from functools import partial

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.genicam_camera import SOFTWARE, GenicamCamera
from marbleline.adapters.sources.genicam_discovery import FoundCamera, find
from marbleline.adapters.sources.genicam_pixels import lossless_picture, pixels_of
from marbleline.adapters.sources.genicam_reader import GenicamReader
from marbleline.adapters.sources.registry import GenicamSettings, SourceContext
from marbleline.domain.clock import Clock, now
from marbleline.ports.source import CapturedImage, Source


class GenicamSource(Source):
    """The complete frames of one camera, without loss of a bit; it is reconnected until it is closed.

    The origin is the camera's model and serial number, its own number of the frame, and its own time of it:
    ``Fake GV01#65401 at 1795797563520018000``.
    """

    def __init__(
        self,
        context: SourceContext,
        settings: GenicamSettings,
        clock: Clock = now,
        interval: FrameInterval | None = None,
    ) -> None:
        self._settings = settings
        self._wanted = context.where
        self._found: FoundCamera | None = None
        self._start: Callable[[], GenicamReader] = partial(
            GenicamReader,
            self._connect,
            context.camera,
            settings.genicam_trigger,
            settings.rate,
            settings.genicam_timeout_s,
            clock,
        )
        self._interval = interval or FrameInterval(settings.rate)
        self._reader: GenicamReader | None = None
        self._requested = False

    @property
    def can_wait(self) -> bool:
        """A camera goes on."""
        return False

    @property
    def dropped(self) -> int:
        """Frames that were incomplete, and those that nobody took in time."""
        return self._reader.dropped if self._reader else 0

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next complete frame. With a trigger in software it is exposed now, up to ``rate`` a second."""
        if self._reader is None:
            self._reader = self._start()
        if self._settings.genicam_trigger == SOFTWARE and not self._requested:
            if not self._interval.wait(wait_s):
                return None
            self._interval.passed()
            self._reader.request()
            self._requested = True
        taken = self._reader.next_frame(wait_s)
        if taken is None:
            return None
        self._requested = False
        at, numbered = taken
        content = lossless_picture(pixels_of(numbered.frame), self._settings.genicam_storage)
        return CapturedImage(content, at, numbered.origin)

    def close(self) -> None:
        """Give the camera back."""
        if self._reader is not None:
            self._reader.close()

    def _connect(self) -> GenicamCamera:
        self._found = find(self._wanted, self._settings.genicam_interface, self._found)
        return GenicamCamera(self._found, self._settings)


def open_genicam(context: SourceContext, settings: GenicamSettings) -> GenicamSource:
    """``genicam:CAMERA``"""
    return GenicamSource(context, settings)
