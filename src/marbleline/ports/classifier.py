"""The classifier: what a model version says of pictures."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.classification import Classification
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

    def classify(self, images: Sequence[Pixels]) -> Classification:
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
        """Close the model. Never raises."""
        ...


class ProductClassifiers(Protocol):
    """A classifier for each product. Used by one thread at a time."""

    def of(self, product: str) -> Classifier:
        """The classifier that judges this product, and no other; opened when it is first asked for.

        Its answers are by versions of this product and by the thresholds that count for it. It is good until
        the next call of ``of``.

        Raises UnknownProduct if there is no such product or it has no model version, ClassifierUnavailable if
        its model can't be opened now.
        """
        ...

    def close(self) -> None:
        """Let go of all of them. Never raises."""
        ...


class SuspectClassifier(Protocol):
    """Judges pictures that may end the process that judges them, without ending this one. For any thread."""

    def classify(self, images: Sequence[Pixels], product: str) -> Classification:
        """As ``Classifier.classify`` of the product's classifier. Raises UnknownProduct too.

        Raises PictureError ``crashed_worker`` for a picture that ended the process that judged it, twice;
        SandboxUnavailable if there is no process to judge it in.
        """
        ...

    def end_idle(self) -> None:
        """Called now and then while there are no suspects: end the process that judges them."""
        ...

    def close(self) -> None:
        """Let go of everything. Never raises."""
        ...
