"""Products on disk: ``<repository>/<product>/product.json`` beside the product's model versions.

A folder with model versions and no ``product.json`` is a product with the default targets.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.domain.durable_file import replace_file
from marbleline.domain.frame import check_name
from marbleline.domain.model import versions_in
from marbleline.domain.product import Product
from marbleline.domain.wire import WireStruct
from marbleline.errors import ModelError, SettingError, UnknownProduct, WireError

PRODUCT_FILE: Final = "product.json"


@dataclass(frozen=True, slots=True)
class ModelPath:
    """What a path such as ``model_repo/marble`` or ``model_repo/marble/2`` says, without looking there.

    ``version``  the one that the path names; None: the product's stable one
    """

    repository: Path
    product: str
    version: int | None

    @property
    def folder(self) -> Path:
        """The product's folder."""
        return self.repository / self.product


def parse_model_path(path: Path) -> ModelPath:
    """Take a path to a product or to one of its versions apart."""
    # Not resolved: a link keeps the name that it was given.
    path = Path(os.path.abspath(path))  # noqa: PTH100
    if path.name.isascii() and path.name.isdigit():
        return ModelPath(path.parent.parent, path.parent.name, int(path.name))
    return ModelPath(path.parent, path.name, None)


class ModelRepository:
    """The products beside the one that the ``model`` setting names."""

    def __init__(self, model: Path) -> None:
        """``model``: a product's folder, or that of one version, then the only one of its product.

        Raises SettingError if the folder's name can't be a product's.
        """
        self._model = model
        self._path = parse_model_path(model)
        check_name("product", self._path.product)

    @property
    def default(self) -> str:
        """The product that ``model`` names."""
        return self._path.product

    @property
    def path(self) -> Path:
        """The folder that the products lie in."""
        return self._path.repository

    def read(self, product: str) -> Product:
        """What is set of a product; see ``read_product``. Raises ModelError."""
        return read_product(self.path / product)

    def folder(self, product: str) -> Path:
        """The folder of a product's versions, or of the one version that the setting names.

        Raises UnknownProduct if there is no such product, or it has no version.
        """
        if product == self.default:
            return self._model
        try:
            # A product comes from a message: no path may be made of what is no name.
            folder = self.path / check_name("product", product)
            if versions_in(folder):
                return folder
        except (ModelError, SettingError):
            pass
        raise UnknownProduct(
            f"product {product!r} has no model version in {self.path};"
            f" teach it, or `marbleline product create {product} --from {self.default}`, and replay the frame"
        )


def products_in(repository: Path) -> dict[str, Path]:
    """Name -> folder of every product, by name. Raises ModelError if the repository can't be listed."""
    try:
        folders = sorted(entry for entry in repository.iterdir() if entry.is_dir())
    except OSError as error:
        raise ModelError(
            f"{repository}: can't be listed: {error.strerror}; name a model repository"
        ) from error
    return {
        folder.name: folder for folder in folders if (folder / PRODUCT_FILE).is_file() or versions_in(folder)
    }


def read_product(folder: Path) -> Product:
    """The product of a folder. Raises ModelError naming the file and the field that is wrong."""
    path = folder / PRODUCT_FILE
    try:
        found = Product.from_json(path.read_bytes())
    except FileNotFoundError:
        return _without_file(folder)
    except (OSError, WireError, SettingError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    if found.name != folder.name:
        raise ModelError(f"{path}: names product {found.name!r}, its folder is {folder.name!r}")
    return found


def write_product(folder: Path, product: Product) -> None:
    """Put ``product.json`` in place of the one before, in one rename; makes the folder.

    Raises ModelError.
    """
    if product.name != folder.name:
        raise ModelError(f"{folder}: is not the folder of product {product.name!r}")
    path = folder / PRODUCT_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, _indented(product).encode())
    except OSError as error:
        raise ModelError(f"{path}: can't be written: {error.strerror}") from error


def _indented(product: WireStruct) -> str:
    return json.dumps(product.to_document(), indent=2, ensure_ascii=False) + "\n"


def _without_file(folder: Path) -> Product:
    if not versions_in(folder):
        raise ModelError(
            f"{folder}: is no product: it has neither a {PRODUCT_FILE} nor a model version;"
            f" `marbleline product create {folder.name}` makes one"
        )
    try:
        return Product(name=folder.name)
    except SettingError as error:
        raise ModelError(f"{folder}: {error}") from error
