"""A classifier that goes with a label: when ``labels.json`` names another version, the next call is its."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from marbleline.domain.classification import Classification
from marbleline.domain.model import Manifest, load_manifest
from marbleline.domain.picture import Pixels
from marbleline.errors import ClassifierUnavailable, ModelError
from marbleline.ports.classifier import Classifier

log = logging.getLogger("marbleline.classifier")

POLL_S: Final = 2.0


class FollowingClassifier:
    """Keeps the port; a version is opened between two calls, and the one before is then closed.

    ``find``  the folder of the version that the label stands for now, None while it stands for none
    ``open_`` opens the classifier of a version's folder

    A version that can't be opened is logged, and the one in use stays.
    """

    def __init__(
        self,
        find: Callable[[], Path | None],
        open_: Callable[[Path], Classifier],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ModelError if there is a version now and it can't be opened."""
        self._find = find
        self._open = open_
        self._monotonic = monotonic
        self._poll_at = monotonic() + POLL_S
        self._folder = find()
        self._now = None if self._folder is None else open_(self._folder)

    @property
    def manifest(self) -> Manifest:
        """Of the version in use. Raises ClassifierUnavailable while there is none."""
        return self._used().manifest

    @property
    def runtime(self) -> str:
        """Of the version in use. Raises ClassifierUnavailable while there is none."""
        return self._used().runtime

    def classify(self, images: Sequence[Pixels]) -> Classification:
        """See the port: by the version that the label stood for ``POLL_S`` seconds ago at most."""
        self._follow()
        return self._used().classify(images)

    def check(self) -> None:
        """See the port."""
        self._used().check()

    def close(self) -> None:
        """See the port."""
        if self._now is not None:
            self._now.close()

    def _used(self) -> Classifier:
        if self._now is None:
            raise ClassifierUnavailable("no version of the model has this label yet")
        return self._now

    def _follow(self) -> None:
        if self._monotonic() < self._poll_at:
            return
        self._poll_at = self._monotonic() + POLL_S
        try:
            folder = self._find()
            if folder == self._folder:
                return
            now = None if folder is None else self._open(folder)
            version = None if folder is None else load_manifest(folder).version
        except ModelError as error:
            log.warning("classifier.version_kept", extra={"error": str(error)})
            return
        log.info("classifier.version_changed", extra={"version": version})
        self.close()
        self._folder, self._now = folder, now
