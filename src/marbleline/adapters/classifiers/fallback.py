"""Judges in this process while the model server is away, and says so; goes back by itself."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from marbleline.domain.classification import Classification
from marbleline.domain.model import Manifest
from marbleline.domain.picture import Pixels
from marbleline.errors import ClassifierUnavailable, ModelError
from marbleline.ports.classifier import Classifier

log = logging.getLogger("marbleline.classifier")

_AWAY = (ClassifierUnavailable, ModelError)


class FallbackClassifier:
    """A server's classifier, backed by an embedded one of the same version and digest.

    For ``patience_s`` after the server's first failure, calls raise what it raised; from then on the
    embedded one answers, with ``fallback`` set. The server is not asked again by any call: a thread of its
    own tries it with a grey picture, and once that is judged, the next call goes to the server. A server
    that answers garbage counts as away.
    """

    def __init__(
        self,
        server: Classifier,
        open_embedded: Callable[[Manifest], Classifier],
        patience_s: float,
        *,
        try_every_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``open_embedded`` opens the classifier of a version; it is not called before it is needed."""
        self._server = server
        self._open = open_embedded
        self._patience_s = patience_s
        self._try_every_s = try_every_s
        self._clock = clock
        self._away_since: float | None = None
        self._embedded: Classifier | None = None
        self._closing = threading.Event()
        self._trial = threading.Thread()

    @property
    def manifest(self) -> Manifest:
        """Of whichever answers now."""
        return (self._embedded or self._server).manifest

    @property
    def runtime(self) -> str:
        """Of whichever answers now."""
        return (self._embedded or self._server).runtime

    def classify(self, images: Sequence[Pixels]) -> Classification:
        """Ask the server, or judge here while it is away; see the port."""
        if self._embedded is not None and not self._trial.is_alive():
            self._return()
        if self._embedded is None:
            began = self._clock()
            try:
                answer = self._server.classify(images)
            except _AWAY as error:
                self._away_since = began if self._away_since is None else self._away_since
                if self._clock() - self._away_since < self._patience_s:
                    raise
                self._embedded = self._fall_back(error)
            else:
                self._away_since = None
                return answer
        return replace(self._embedded.classify(images), fallback=True)

    def check(self) -> None:
        """Whichever answers now can be asked."""
        (self._embedded or self._server).check()

    def close(self) -> None:
        """Close both."""
        self._closing.set()
        if self._trial.is_alive():
            self._trial.join()
        if self._embedded is not None:
            self._embedded.close()
        self._server.close()

    def _fall_back(self, error: Exception) -> Classifier:
        wanted = self._server.manifest
        try:
            embedded = self._open(wanted)
        except ModelError as failed:
            raise ClassifierUnavailable(f"{error}; and the fallback: {failed}") from error
        found = embedded.manifest
        if (found.version, found.digest) != (wanted.version, wanted.digest):
            embedded.close()
            raise ClassifierUnavailable(
                f"{error}; and the fallback is version {found.version}, digest {found.digest[:12]},"
                f" not {wanted.version}, {wanted.digest[:12]}"
            ) from error
        log.warning("classifier.fallback", extra={"version": wanted.version, "error": str(error)})
        self._trial = threading.Thread(target=self._try_server, name="fallback", daemon=True)
        self._trial.start()
        return embedded

    def _try_server(self) -> None:
        """Ends when the server has judged a picture. Only this thread uses the server meanwhile."""
        size = self._server.manifest.input
        grey = np.full((size.short_side, size.short_side, 3), 128, np.uint8)
        while not self._closing.wait(self._try_every_s):
            try:
                self._server.classify([grey])
            except _AWAY:
                continue
            return

    def _return(self) -> None:
        log.info("classifier.returned", extra={"version": self._server.manifest.version})
        if self._embedded is not None:
            self._embedded.close()
        self._embedded = self._away_since = None
