"""A classifier for each product: opened when it is first asked for, and a bounded number of them at once."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from marbleline.domain.classification import Classification
from marbleline.domain.model import Manifest
from marbleline.domain.picture import Pixels
from marbleline.domain.product import Product
from marbleline.errors import ClassifierUnavailable, ModelError
from marbleline.ports.classifier import Classifier

if TYPE_CHECKING:
    from marbleline.ports.classifier import ProductClassifiers

log = logging.getLogger("marbleline.classifier")

MOST_OPEN: Final = 4
"""Products whose models are in memory at once; beyond them, the one not asked for longest is closed."""

_POLL_S: Final = 2.0


class ClassifiersByProduct:
    """Keeps the port ``ProductClassifiers``."""

    def __init__(
        self,
        open_: Callable[[str], Classifier],
        read: Callable[[str], Product],
        default: str,
        *,
        most: int = MOST_OPEN,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``open_`` opens the classifier of a product, ``read`` reads the product's file.

        ``default``  opened at once, so that a line whose model is wrong does not start
        ``most``     products that are open at once

        Raises what ``open_`` raises of the default product.
        """
        self._open = open_
        self._read = read
        self._default = default
        self._most = most
        self._monotonic = monotonic
        self._there: OrderedDict[str, _OfProduct] = OrderedDict()
        self._there[default] = self._opened(default)

    def of(self, product: str) -> Classifier:
        """See the port."""
        found = self._there.get(product)
        if found is None:
            try:
                found = self._opened(product)
            except ModelError as error:
                raise ClassifierUnavailable(f"product {product}: {error}") from error
            self._there[product] = found
            log.info("product.opened", extra={"product": product, "open": len(self._there)})
            while len(self._there) > self._most:
                oldest, classifier = self._there.popitem(last=False)
                classifier.close()
                log.info("product.closed", extra={"product": oldest, "open": len(self._there)})
        self._there.move_to_end(product)
        return found

    def close(self) -> None:
        """See the port."""
        while self._there:
            self._there.popitem()[1].close()

    def _opened(self, product: str) -> "_OfProduct":
        # The folder that a setting names may be called otherwise than the model in it; no other may.
        expected = None if product == self._default else product
        return _OfProduct(self._open(product), lambda: self._read(product), expected, self._monotonic)


class _OfProduct:
    """The classifier of one product: its answers are checked to be of its model, and have its thresholds."""

    def __init__(
        self,
        classifier: Classifier,
        read: Callable[[], Product],
        expected: str | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._classifier = classifier
        self._read = read
        self._expected = expected
        self._monotonic = monotonic
        self._poll_at = monotonic() + _POLL_S
        self._product = read()

    @property
    def manifest(self) -> Manifest:
        """Of the version that would answer, with the thresholds that count. Raises as the one within."""
        return self._own(self._classifier.manifest)

    @property
    def runtime(self) -> str:
        """What runs the model. Raises as the one within."""
        return self._classifier.runtime

    def classify(self, images: Sequence[Pixels]) -> Classification:
        """See the port."""
        self._follow()
        answer = self._classifier.classify(images)
        return replace(answer, manifest=self._own(answer.manifest))

    def check(self) -> None:
        """See the port."""
        self._classifier.check()

    def close(self) -> None:
        """See the port."""
        self._classifier.close()

    def _own(self, manifest: Manifest) -> Manifest:
        if self._expected not in (None, manifest.name):
            raise ModelError(
                f"product {self._expected}: its model says that it is {manifest.name!r};"
                " export it under the product's name"
            )
        return self._product.calibrated(manifest)

    def _follow(self) -> None:
        """Read the product's file again now and then; one that can't be read leaves what was read before."""
        if self._monotonic() < self._poll_at:
            return
        self._poll_at = self._monotonic() + _POLL_S
        try:
            self._product = self._read()
        except ModelError as error:
            log.warning("product.stays", extra={"error": str(error)})


if TYPE_CHECKING:
    _port: type[ProductClassifiers] = ClassifiersByProduct
