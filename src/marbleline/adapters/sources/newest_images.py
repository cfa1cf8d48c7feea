"""What a thread reads from a live camera and another thread takes: the newest few, or why there is none."""

import threading
from collections import deque
from typing import Final, Generic, TypeVar

from marbleline.errors import SourceUnavailable

KEPT: Final = 4

Image = TypeVar("Image")


class NewestImages(Generic[Image]):
    """Keeps the newest 4 images. ``dropped`` counts those that nobody took before 4 newer ones came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._images: deque[tuple[int, Image]] = deque(maxlen=KEPT)
        self._trouble: str | None = None
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._images)

    @property
    def away(self) -> bool:
        """Whether the camera was lost and has not come back."""
        return self._trouble is not None

    def keep(self, at: int, image: Image) -> None:
        """An image, and when it was taken (microseconds UTC): the camera is there."""
        with self._changed:
            if len(self._images) == KEPT:
                self.dropped += 1
            self._images.append((at, image))
            self._trouble = None
            self._changed.notify_all()

    def lost(self, trouble: str) -> bool:
        """The camera is away; whether that is news."""
        with self._changed:
            news = self._trouble is None
            self._trouble = trouble
            self._changed.notify_all()
            return news

    def connected(self) -> bool:
        """The camera is there; whether it was away before."""
        with self._changed:
            back, self._trouble = self._trouble is not None, None
            return back

    def next(self, wait_s: float) -> tuple[int, Image] | None:
        """The oldest kept image and its time, None if none came within ``wait_s`` seconds.

        Raises SourceUnavailable if there is none and the camera is away.
        """
        with self._changed:
            if not self._images:
                self._changed.wait(wait_s)
            if self._images:
                return self._images.popleft()
            if self._trouble is not None:
                raise SourceUnavailable(self._trouble)
            return None
