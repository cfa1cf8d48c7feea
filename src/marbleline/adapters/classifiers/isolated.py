"""Judges suspects with the embedded model in a process of their own, so that a crash costs a child."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from marbleline.adapters.classifiers.litert import RUNTIME
from marbleline.domain.classification import Classification, predictions_of
from marbleline.domain.fields import integer, number
from marbleline.domain.model import CLASSES, Floats, Manifest, Prediction, load_manifest
from marbleline.domain.picture import Pixels
from marbleline.domain.product import Product
from marbleline.domain.reasons import CRASHED_WORKER
from marbleline.domain.strangest_patch import STRANGEST
from marbleline.errors import ChildDied, ClassifierUnavailable, PictureError
from marbleline.sandbox.process import SandboxProcess

log = logging.getLogger("marbleline.classifier")

CHILD: Final = ("-m", "marbleline.adapters.classifiers.isolated_child")
# A picture takes a tenth of a second on a slow machine.
_DEADLINE_S: Final = 10.0
_TRIES: Final = 2


class IsolatedClassifier:
    """Keeps the port ``SuspectClassifier``. The child starts with the first suspect, and judges a
    grey picture first.

    So a model that crashes on everything never gets a picture blamed: its child does not start.
    """

    def __init__(
        self,
        find: Callable[[str], Path | None],
        child: Sequence[str] = CHILD,
        read: Callable[[str], Product] = lambda product: Product(name=product),
    ) -> None:
        """``find`` tells the folder of the version that judges a product now, None if there is none.

        ``read`` reads the product's file, for its thresholds.
        """
        self._find = find
        self._child = tuple(child)
        self._read = read
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._process = SandboxProcess(self._child)

    def classify(self, images: Sequence[Pixels], product: str) -> Classification:
        """See the port."""
        with self._lock:
            folder = self._find(product)
            if folder is None:
                raise ClassifierUnavailable("no version of the model has this label yet")
            if folder != self._folder:
                self._process.close()
                self._folder, self._process = folder, SandboxProcess((*self._child, str(folder)))
            manifest = self._read(product).calibrated(load_manifest(folder))
            return Classification(tuple(self._judge(image, manifest) for image in images), manifest, RUNTIME)

    def end_idle(self) -> None:
        """See the port."""
        if self._lock.acquire(blocking=False):
            try:
                self._process.end_idle()
            finally:
                self._lock.release()

    def close(self) -> None:
        """See the port."""
        with self._lock:
            self._process.close()

    def _judge(self, image: Pixels, manifest: Manifest) -> Prediction:
        height, width = image.shape[:2]
        question = {"rows": height, "columns": width}
        for left in reversed(range(_TRIES)):
            try:
                answer, body = self._process.ask(question, image.tobytes(), _DEADLINE_S)
            except ChildDied as error:
                log.warning("sandbox.child_died", extra={"bound": error.bound, "error": str(error)})
                if not left:
                    detail = f"judging it, {_TRIES} times in a process of its own: {error}"
                    raise PictureError(CRASHED_WORKER, detail) from error
            else:
                break
        return predictions_of(_outputs(answer, body), 1, height, width, manifest, str(self._folder))[0]


def _outputs(answer: Mapping[str, object], body: bytearray) -> dict[str, Floats]:
    values = np.frombuffer(body, np.float32)
    classes = len(CLASSES)
    rows, columns = integer(answer, "rows"), integer(answer, "columns")
    scores, heatmap, strangest = np.split(values, [classes, classes * (1 + rows * columns)])
    outputs = {
        "scores": scores[np.newaxis],
        "anomaly": np.array([number(answer, "anomaly")], np.float32),
        "heatmap": heatmap.reshape(1, rows, columns, classes),
    }
    return outputs | ({STRANGEST: strangest[np.newaxis]} if len(strangest) else {})
