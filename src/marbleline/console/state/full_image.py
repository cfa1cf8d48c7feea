"""The captured image in full size, for a slab that stays on the screen longer than one refresh.

A verdict carries a thumbnail, which is shown at once; the image itself is in the store. It is fetched in a
thread of its own, one at a time, so that no page waits for the store.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from marbleline.console.state.images import data_uri
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, thumbnail
from marbleline.errors import PictureError, Unavailable
from marbleline.ports.connection import Connection
from marbleline.ports.frames import Frames
from marbleline.sandbox.decoder import PictureDecoder

log = logging.getLogger("marbleline.console")

WIDEST: Final = 1280
"""Longest side in pixels: what the largest place on a screen can show."""

# A larger JPEG is decoded at a fraction of its size, which is all that the screen needs.
_ENOUGH: Final = InputSpec(short_side=960, step=16, max_long_side=3840)
_KEPT: Final = 12
_RETRY_S: Final = 2.0


class ImageStore(Frames, Connection, Protocol):
    """Where the images are."""


class FullImageLoader:
    """Asked by any thread; keeps the last few pictures, about 2 MB, for all tabs together."""

    def __init__(self, make_store: Callable[[], ImageStore]) -> None:
        self._make_store = make_store
        self._store: ImageStore | None = None
        self._decoder = PictureDecoder()
        self._news = threading.Condition()
        self._wanted: str | None = None
        self._found: OrderedDict[str, str | None] = OrderedDict()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="console-full-image", daemon=True)

    def start(self) -> None:
        """Begin to answer. Call it once."""
        self._thread.start()

    def close(self, limit_s: float = 5.0) -> None:
        """Stop; waits up to ``limit_s`` seconds. Never raises."""
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(limit_s)

    def data_uri(self, frame_id: str) -> str | None:
        """The picture's address if it is here; if not, it is asked for, and may be here the next time.

        Of several that are asked for, the last one is fetched: the others have left the screen.
        """
        with self._news:
            if frame_id in self._found:
                self._found.move_to_end(frame_id)
                return self._found[frame_id]
            self._wanted = frame_id
            self._news.notify()
            return None

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._stopped or self._wanted)
                if self._stopped:
                    break
                frame_id, self._wanted = self._wanted or "", None
            try:
                self._keep(frame_id, self._fetch(frame_id))
            except LookupError:
                self._pause()
            except Exception as error:
                # The thumbnail stays on the screen; the feed says whether the store is away.
                if not isinstance(error, Unavailable):
                    log.exception(
                        "console.unexpected_error", extra={"thread": "full-image", "frame_id": frame_id}
                    )
                self._disconnect()
                self._pause()
        self._disconnect()
        self._decoder.close()

    def _fetch(self, frame_id: str) -> str | None:
        """None if the picture can't be shown. Raises LookupError if it is not in the store (yet)."""
        if self._store is None:
            self._store = self._make_store()
        content = self._store.image(frame_id)
        if content is None:
            raise LookupError(frame_id)
        try:
            rgb = self._decoder.shrunk(content, _ENOUGH, WIDEST, Limits()).rgb
        except PictureError:
            return None
        return data_uri("image/jpeg", thumbnail(rgb, quality=85))

    def _keep(self, frame_id: str, address: str | None) -> None:
        with self._news:
            self._found[frame_id] = address
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)

    def _pause(self) -> None:
        with self._news:
            self._news.wait_for(lambda: self._stopped, timeout=_RETRY_S)

    def _disconnect(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
