"""The products of a model repository as servables: each product's versions under its own name."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from marbleline.domain.model import versions_in
from marbleline.domain.product_repository import parse_model_path, products_in
from marbleline.errors import ModelError
from marbleline.ports.classifier import Classifier
from marbleline.tfserving.server.batcher import Sizes
from marbleline.tfserving.server.versions import Versions

log = logging.getLogger("marbleline.tfserving.server")


class Servables(Protocol):
    """What the server serves: ``Versions`` of one model, or ``Models``."""

    def named(self, name: str) -> Versions | None:
        """The versions of the model of this name; None if there is none."""
        ...

    def refresh(self) -> None:
        """Bring what is served in line with the folders."""
        ...

    def ready(self) -> bool:
        """Whether any version of the first model can be asked."""
        ...

    def close(self) -> None:
        """Unload all, after what is under way."""
        ...


class Models:
    """The products in the repository of one that is named. Safe for many threads.

    A product whose folder comes is loaded, one whose folder goes is unloaded, without a restart.
    """

    def __init__(
        self, model: Path, open_version: Callable[[Path], Classifier], sizes: Sizes, newest: int = 1
    ) -> None:
        """``model``: the product that has to be there; with the folder of one version only this is served.

        The rest as for ``Versions``. Raises ModelError if the folder holds no version.
        """
        self._path = parse_model_path(model)
        self._open = open_version
        self._sizes = sizes
        self._newest = newest
        self._first = Versions(model, open_version, sizes, newest)
        self._others: dict[str, Versions] = {}
        self._logged: dict[str, str] = {}

    def named(self, name: str) -> Versions | None:
        """See ``Servables``."""
        return self._first if name == self._first.name else self._others.get(name)

    def refresh(self) -> None:
        """See ``Servables``. A product that can't be served is logged, and costs the others nothing."""
        self._first.refresh()
        if self._path.version is not None:
            return
        folders = self._folders()
        for name in [name for name in self._others if name not in folders]:
            gone = dict(self._others)
            versions = gone.pop(name)
            self._others = gone
            versions.close()
            log.info("product.unloaded", extra={"product": name})
        for name, folder in folders.items():
            try:
                versions = self._others.get(name) or self._new(name, folder)
            except ModelError as error:
                self._log_once(name, str(error))
                continue
            self._logged.pop(name, None)
            versions.refresh()
            # Seen by the calls' threads from here on, once it can be asked.
            self._others = {**self._others, name: versions}

    def ready(self) -> bool:
        """See ``Servables``."""
        return self._first.ready()

    def close(self) -> None:
        """See ``Servables``."""
        for versions in (self._first, *self._others.values()):
            versions.close()

    def _folders(self) -> dict[str, Path]:
        try:
            found = products_in(self._path.repository)
        except ModelError as error:
            self._log_once("", str(error))
            return {name: self._path.repository / name for name in self._others}
        own = (self._path.product, self._first.name)
        return {name: folder for name, folder in found.items() if name not in own and versions_in(folder)}

    def _new(self, name: str, folder: Path) -> Versions:
        versions = Versions(folder, self._open, self._sizes, self._newest)
        if versions.name != name:
            raise ModelError(f"{folder}: its model is named {versions.name!r}, expected {name!r}")
        return versions

    def _log_once(self, name: str, error: str) -> None:
        if self._logged.get(name) != error:
            log.error("product.refused", extra={"product": name, "error": error})
        self._logged[name] = error
