"""Make a product, with the model of another one to start from; list products; switch a line to one."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from marbleline.domain.clock import Clock, Time, now
from marbleline.domain.model import load_manifest, read_file, versions_in
from marbleline.domain.product import Product
from marbleline.domain.product_log import ProductAction, ProductLogEntry, append_log
from marbleline.domain.product_repository import (
    ModelRepository,
    products_in,
    read_product,
    write_product,
)
from marbleline.domain.product_switch import ProductSwitch
from marbleline.domain.version_labels import STABLE, read_labels, stable_version
from marbleline.errors import ModelError, SettingError
from marbleline.pipeline.camera.product_switching import switch_line
from marbleline.ports.product_switches import ProductSwitches

FIRST_VERSION: Final = 1
# A signature or a gate's report is about the version that it was made of, under that version's name. The
# reference says how the other product's slabs look: the new one's would be drift from the first hour on.
_LEFT_OUT: Final = ("manifest.json", "model.sig", "gate.json", "gate.md", "learning.json", "reference.json")


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product of a repository.

    ``labels``  version -> its labels, for every version; ``stable`` is the version that judges, None without
                any
    """

    folder: Path
    product: Product
    labels: dict[int, tuple[str, ...]]
    stable: int | None


def summaries(repository: Path) -> dict[str, ProductSummary]:
    """Name -> product, by name. Raises ModelError."""
    return {name: summary_of(folder) for name, folder in products_in(repository).items()}


def summary_of(folder: Path) -> ProductSummary:
    """The product of a folder. Raises ModelError."""
    labels, there = read_labels(folder), sorted(versions_in(folder))
    return ProductSummary(
        folder,
        read_product(folder),
        {
            number: tuple(sorted(label for label, version in labels.items() if version == number))
            for number in there
        },
        labels.get(STABLE, max(there, default=0)) or None,
    )


def switch_product(
    broker: ProductSwitches,
    repository: ModelRepository | None,
    line: str,
    product: str,
    by: str,
    clock: Clock = now,
) -> tuple[ProductSwitch | None, ProductSwitch]:
    """Switch a line to a product; the switch before, None if there was none, and the one that was made.

    ``repository`` is where its model has to be; None asks for none. One that can't be listed says nothing:
    not every worker has the models. Raises UnknownProduct, SettingError, BrokerUnavailable.
    """
    if repository is not None and _has_products(repository.path):
        repository.folder(product)
    before = broker.product_switch(line)
    return before, switch_line(broker, line, product, by, clock)


def create_product(
    repository: Path,
    product: Product,
    start_from: Path | None = None,
    by: str = "",
    clock: Clock = now,
    window: int | None = None,
) -> Path:
    """Make a product's folder and ``product.json``; returns the folder.

    ``start_from``: the folder of the product, or of the version, whose files become version 1 of the
    new one, with the same weights and digest under the new name. Without it the product has no version,
    and its frames are dead-lettered until it has one. ``by`` is who made it, for the product's log.
    ``window``: the new version's, see ``domain.input_spec.InputSpec``; None leaves it.

    Raises SettingError if there is such a product, ModelError if the files can't be read or written or the
    window is none.
    """
    folder = repository / product.name
    if folder.is_dir() and product.name in products_in(repository):
        raise SettingError(f"product {product.name}: exists in {repository}; choose another name")
    if start_from is not None:
        _copy_version(stable_version(start_from), folder, product.name, window)
    write_product(folder, product)
    if by:
        made = None if start_from is None else FIRST_VERSION
        entry = ProductLogEntry(at=Time(clock()), by=by, action=ProductAction.CREATED, version=made)
        append_log(folder, entry)
    return folder


def _has_products(repository: Path) -> bool:
    try:
        return bool(products_in(repository))
    except ModelError:
        return False


def _copy_version(version: Path, folder: Path, name: str, window: int | None) -> None:
    manifest = load_manifest(version)
    if window is not None:
        replace(manifest.input, window=window)  # a wrong one is refused before anything is written
    for file in manifest.files:
        read_file(version, manifest, file)
    target = folder / str(FIRST_VERSION)
    fields = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    fields |= {"name": name, "version": FIRST_VERSION}
    if window is not None:
        fields["input"]["window"] = window
    try:
        shutil.copytree(version, target, ignore=lambda where, names: set(names) & set(_LEFT_OUT))
        # The manifest comes last: a version without one is skipped.
        (target / "manifest.json").write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{target}: can't be written: {error}") from error
