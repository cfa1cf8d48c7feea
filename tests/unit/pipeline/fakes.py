"""Stand-ins for what a test wants to fail on purpose. What is not made to fail is the real thing."""

from collections.abc import Sequence

import numpy as np

from marbleline.domain.classification import Classification
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Manifest, Prediction
from marbleline.domain.picture import Pixels
from marbleline.errors import UnknownProduct
from marbleline.ports.classifier import Classifier
from tests.builders import THRESHOLDS

MANIFEST = Manifest("marble", 3, "e" * 64, {}, CLASSES, InputSpec(), 8, THRESHOLDS)


class BrightnessClassifier:
    """Judges by brightness: the brighter, the better. ``trouble`` is raised instead, while it is set."""

    manifest = MANIFEST
    runtime = "litert"

    def __init__(self) -> None:
        self.trouble: list[Exception] = []
        self.sizes: list[int] = []

    def classify(self, images: Sequence[Pixels]) -> Classification:
        if self.trouble:
            raise self.trouble.pop(0)
        self.sizes.append(len(images))
        return Classification(tuple(self._judge(image) for image in images), self.manifest, self.runtime)

    def check(self) -> None:
        return None

    def close(self) -> None:
        return None

    def _judge(self, image: Pixels) -> Prediction:
        good = float(image.mean()) / 255
        heat = np.zeros((2, 2, 4), np.float32)
        return Prediction(np.array([good, 1 - good, 0, 0], np.float32), 0.0, heat)


class EveryProduct:
    """One classifier for each product that ``known`` names, without names for all."""

    def __init__(self, classifier: Classifier, *known: str) -> None:
        self._classifier = classifier
        self._known = known

    def of(self, product: str) -> Classifier:
        if self._known and product not in self._known:
            raise UnknownProduct(f"product {product!r} has no model version")
        return self._classifier

    def close(self) -> None:
        self._classifier.close()
