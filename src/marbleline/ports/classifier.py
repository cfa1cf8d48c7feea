"""The classifier: what a model version says of pictures."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.answer import Answer
from marbleline.domain.model import Manifest
from marbleline.domain.picture import Pixels


class Classifier(Protocol):
    """Used by one thread at a time."""

    @property
    def manifest(self) -> Manifest:
        """The model version that would answer now, as far as is known; checked at start.

        A promotion may change it between two calls: evidence takes the answer's own manifest.
        """
        ...

    @property
    def runtime(self) -> str:
        """What runs the model: ``litert`` or ``tensorflow-serving``."""
        ...

    def classify(self, images: Sequence[Pixels]) -> Answer:
        """One prediction per picture, in order, and which model version gave them.

        Each image is uint8 [height, width, 3] as ``picture.fit`` makes it for ``manifest.input``; they
        may differ in size. A picture's prediction does not depend on its neighbours in the call. No
        pictures, no predictions.

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
