"""Where a console finds the products: the model repository, if it has one, and what it may do there."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from marbleline.domain.model import ManifestCheck
from marbleline.domain.product_repository import ModelRepository, products_in
from marbleline.errors import ModelError


class Limit(StrEnum):
    """What a console lacks: models at all, a place to write them, LiteRT to learn with."""

    NO_MODELS = "no_models"
    READ_ONLY = "read_only"
    NO_LITERT = "no_litert"


@dataclass(frozen=True, slots=True)
class ProductPlace:
    """``repository`` beside the product that the setting ``model`` names; ``data`` is the line's folder.

    ``check``           of a version's signature, None without a key
    ``start_learning``  starts the job of a product for a person; None where there is no LiteRT
    """

    line: str
    repository: ModelRepository
    data: Path
    check: ManifestCheck | None
    start_learning: Callable[[str, str], None] | None

    def limit(self) -> Limit | None:
        """What this console lacks to make versions; None: nothing."""
        try:
            if not products_in(self.repository.path):
                return Limit.NO_MODELS
        except ModelError:
            return Limit.NO_MODELS
        if not os.access(self.repository.path, os.W_OK):
            return Limit.READ_ONLY
        return Limit.NO_LITERT if self.start_learning is None else None
