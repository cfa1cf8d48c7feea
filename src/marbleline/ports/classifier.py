"""The classifier: what a model version says of pictures."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.model import Manifest, Prediction
from marbleline.domain.picture import Pixels


class Classifier(Protocol):
    """Used by one thread at a time."""

    @property
    def manifest(self) -> Manifest:
        """The model version that answers, checked at start against what was asked for."""
        ...

    @property
    def runtime(self) -> str:
        """What runs the model: ``litert`` or ``tensorflow-serving``."""
        ...

    def classify(self, images: Sequence[Pixels]) -> list[Prediction]:
        """One prediction per picture, in order.

        Each image is uint8 [height, width, 3] as ``picture.fit`` makes it for ``manifest.input``; they
        may differ in size. A picture's prediction does not depend on its neighbours in the call.

        Raises ClassifierUnavailable if the model can't be asked now, ModelError if what it answers is
        not what its manifest promises.
        """
        ...

    def check(self) -> None:
        """Returns if the model can be asked now; raises ClassifierUnavailable with the cause."""
        ...

    def close(self) -> None:
        """Let go of the model. Never raises."""
        ...
