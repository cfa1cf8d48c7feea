"""What the model of each product takes, read from its manifest: the encoder needs no more of a model."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import load_manifest
from marbleline.errors import ClassifierUnavailable, ModelError

log = logging.getLogger("marbleline.classifier")

_POLL_S: Final = 2.0


class ProductInputSpecs:
    """Product -> input of the version that judges it, looked up again every two seconds."""

    def __init__(
        self, find: Callable[[str], Path], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """``find``: the folder of the version that judges a product; raises UnknownProduct, ModelError."""
        self._find = find
        self._monotonic = monotonic
        # Only products that there are get in here, so that messages can't make it grow.
        self._known: dict[str, tuple[float, Path, InputSpec]] = {}

    def __call__(self, product: str) -> InputSpec:
        """The input of this product's model.

        Raises UnknownProduct, ClassifierUnavailable if its manifest can't be read now.
        """
        at = self._monotonic()
        known = self._known.get(product)
        if known is not None and at < known[0]:
            return known[2]
        try:
            folder = self._find(product)
            spec = known[2] if known is not None and known[1] == folder else load_manifest(folder).input
        except ModelError as error:
            if known is None:
                raise ClassifierUnavailable(f"product {product}: {error}") from error
            log.warning("product.stays", extra={"product": product, "error": str(error)})
            folder, spec = known[1], known[2]
        self._known[product] = (at + _POLL_S, folder, spec)
        return spec
