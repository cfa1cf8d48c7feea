"""A source that listens: machines POST their pictures to it and are told when they are safe."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from marbleline.adapters.sources.http_admission import ConnectionLimits
from marbleline.adapters.sources.http_image_server import HttpImageServer, Upload
from marbleline.adapters.sources.http_product import ProductEndpoint
from marbleline.adapters.sources.http_reply import UploadReply
from marbleline.adapters.sources.registry import HttpSettings, SourceContext
from marbleline.domain.clock import Clock, now
from marbleline.domain.frame import Frame
from marbleline.errors import SourceUnavailable
from marbleline.ports.source import SPOOL_FULL, CapturedImage, Source, SwitchProduct

log = logging.getLogger("marbleline.camera")

_ASKED_S: Final = 3.0  # a camera that has not asked for so long is held up: its spool is full
_WAIT_S: Final = 10.0  # how long an upload waits for its turn
_FULL: Final = UploadReply(
    503, {"error": "the camera's spool is full: send it again later"}, retry_after_s=10
)
_BUSY: Final = UploadReply(503, {"error": "the camera is busy: send it again later"}, retry_after_s=2)
_CLOSING: Final = UploadReply(503, {"error": "the camera is stopping: send it again later"}, retry_after_s=10)


@dataclass(eq=False, slots=True)
class _Offer:
    """An upload that waits for the camera. Once it is ``taken`` the camera has the word."""

    captured: CapturedImage
    taken: bool = False
    answer: UploadReply | None = None
    answered: threading.Event = field(default_factory=threading.Event)


class HttpSource(Source):
    """``POST /frames`` with a picture as the body; 201 with its ``frame_id`` once it is in the spool.

    Patient: while the spool is full it answers 503 with Retry-After. ``token``, if not empty, is the bearer
    token that it asks for. ``port`` 0 takes any free one; ``address`` tells which.

    ``GET /product`` tells the product of the next frame, ``POST /product`` switches the line to another.
    """

    def __init__(
        self,
        host: str,
        port: int,
        max_bytes: int,
        token: str = "",
        clock: Clock = now,
        monotonic: Callable[[], float] = time.monotonic,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._max_bytes = max_bytes
        self._token = token
        self._clock = clock
        self._monotonic = monotonic
        self._limits = limits
        self._changed = threading.Condition()
        self._offers: deque[_Offer] = deque()
        self._current: _Offer | None = None
        self._full = False
        self._closing = False
        self._asked_at = float("-inf")
        self._server: HttpImageServer | None = None
        self._product: ProductEndpoint | None = None

    @property
    def can_wait(self) -> bool:
        """Whoever sends is told to wait."""
        return True

    @property
    def address(self) -> tuple[str, int] | None:
        """Where it listens, once it does."""
        return self._server.address if self._server else None

    def listen_for_switches(self, switch: SwitchProduct, current: Callable[[], str]) -> None:
        """See ``ports.source.TakesProductSwitches``."""
        self._product = ProductEndpoint(switch, current)

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next upload. Raises SourceUnavailable if the address can't be listened on."""
        if self._server is None:
            self._listen()
        give_up_at = self._monotonic() + wait_s
        with self._changed:
            self._full = False
            while True:
                self._asked_at = self._monotonic()
                if self._offers:
                    self._current = self._offers.popleft()
                    self._current.taken = True
                    return self._current.captured
                left = give_up_at - self._asked_at
                if left <= 0:
                    return None
                self._changed.wait(left)

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """Tell the sender its frame's identity."""
        self._answer(UploadReply(201, {"frame_id": frame.frame_id, "sequence": frame.sequence}))

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """Tell the sender why not."""
        if reason == SPOOL_FULL:
            self._full = True
            self._answer(_FULL)
        else:
            self._answer(UploadReply(413, {"error": f"{reason}: {detail}"}))

    def close(self) -> None:
        """Stop listening; uploads that wait are told to come again."""
        with self._changed:
            self._closing = True
            waiting = [*self._offers, *([self._current] if self._current else [])]
            self._offers.clear()
            for offer in waiting:
                offer.taken, offer.answer = True, _CLOSING
                offer.answered.set()
        if self._server is not None:
            self._server.close()

    def busy(self) -> UploadReply | None:
        """What to answer instead of taking an upload now, None if one can be taken."""
        if self._closing:
            return _CLOSING
        if self._full:
            return _FULL
        return _FULL if self._monotonic() - self._asked_at > _ASKED_S else None

    def offer(self, upload: Upload) -> UploadReply:
        """Wait for the camera to take the upload and land it; called from the server's threads."""
        offer = _Offer(
            CapturedImage(
                upload.content,
                self._clock(),
                upload.origin,
                upload.tile.slab_id if upload.tile else upload.slab_id,
                upload.tile,
                product=upload.product,
            )
        )
        with self._changed:
            if self._closing:
                return _CLOSING
            self._offers.append(offer)
            self._changed.notify_all()
        if not offer.answered.wait(_WAIT_S):
            with self._changed:
                if not offer.taken:
                    self._offers.remove(offer)
                    return _BUSY
            # It is landing just now: only the camera knows how it ends.
            offer.answered.wait()
        return offer.answer or _BUSY

    def _listen(self) -> None:
        try:
            self._server = HttpImageServer(
                self._host,
                self._port,
                self._max_bytes,
                self._token,
                self.busy,
                self.offer,
                self._limits,
                self._product,
            )
        except OSError as error:
            detail = error.strerror or str(error)
            raise SourceUnavailable(f"can't listen on {self._host}:{self._port}: {detail}") from error
        log.info("http.listening", extra={"address": "{}:{}".format(*self._server.address)})
        if not self._token and self._host not in ("localhost", "127.0.0.1", "::1"):
            log.warning(
                "http.open",
                extra={"detail": "anyone who reaches this address can send pictures; set http_token"},
            )

    def _answer(self, answer: UploadReply) -> None:
        with self._changed:
            offer, self._current = self._current, None
        if offer is not None:
            offer.answer = answer
            offer.answered.set()


def open_http(context: SourceContext, settings: HttpSettings) -> HttpSource:
    """``http:HOST:PORT``"""
    host, _, port = context.where.rpartition(":")
    return HttpSource(host.strip("[]"), int(port), context.max_frame_bytes, settings.http_token)
