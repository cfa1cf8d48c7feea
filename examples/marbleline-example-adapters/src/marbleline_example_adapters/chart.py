"""A source that draws checkerboards, two a second."""

import io
import time

from PIL import Image, ImageDraw

from marbleline.adapters.sources.registry import SourceContext
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.ports.source import CapturedImage, Source
from marbleline_example_adapters.adapters import ChartSettings

_INTERVAL_S = 0.5


class ChartSource(Source):
    """See ``marbleline.ports.source.Source``. Each picture bears its number: no two are alike."""

    def __init__(self, width: int, height: int, squares: int, clock: Clock = now) -> None:
        self._size = (width, height)
        self._squares = squares
        self._clock = clock
        self._number = 0
        self._next_at = time.monotonic()

    @property
    def can_wait(self) -> bool:
        """A chart is drawn when it is asked for."""
        return True

    def resume(self, last: Frame | None) -> None:
        """Go on after the last chart that became a frame."""
        if last is not None and last.origin is not None:
            self._number = int(last.origin.removeprefix("chart "))

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next chart, once it is due."""
        left = self._next_at - time.monotonic()
        if left > wait_s:
            time.sleep(wait_s)
            return None
        time.sleep(max(0.0, left))
        number = self._number + 1
        return CapturedImage(self._draw(number), self._clock(), origin=f"chart {number}", token=number)

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """The chart is safe in the spool."""
        self._done()

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """A chart that found no room is drawn again; one that is too large is not."""
        if reason != "spool_full":
            self._done()

    def _done(self) -> None:
        self._number += 1
        self._next_at = time.monotonic() + _INTERVAL_S

    def _draw(self, number: int) -> bytes:
        width, height = self._size
        picture = Image.new("L", self._size, 255)
        draw = ImageDraw.Draw(picture)
        step = width / self._squares
        for row in range(int(height / step) + 1):
            for column in range(self._squares):
                if (row + column) % 2:
                    draw.rectangle((column * step, row * step, (column + 1) * step, (row + 1) * step), 0)
        draw.text((4, 4), str(number), fill=128)
        content = io.BytesIO()
        picture.save(content, "PNG")
        return content.getvalue()


def open_chart(context: SourceContext, settings: ChartSettings) -> ChartSource:
    """``chart:WIDTHxHEIGHT``"""
    width, _, height = context.where.partition("x")
    return ChartSource(int(width), int(height), settings.chart_squares)
