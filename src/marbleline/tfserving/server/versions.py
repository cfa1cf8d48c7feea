"""Loads and unloads versions as the model's folder changes, without a moment in which none can be asked."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marbleline.domain.model import Manifest, load_manifest, newest_version
from marbleline.errors import ModelError, ModelLabelNotFound, ModelVersionNotFound
from marbleline.ports.classifier import Classifier
from marbleline.tfserving.server.batcher import Batcher, Sizes
from marbleline.tfserving.server.repository import RequestedVersions, read_repository

log = logging.getLogger("marbleline.tfserving.server")

# TensorFlow Serving's states, by its names.
LOADING: Final = "LOADING"
AVAILABLE: Final = "AVAILABLE"
UNLOADING: Final = "UNLOADING"
END: Final = "END"


@dataclass(frozen=True, slots=True)
class Status:
    """A version's state; ``error`` says why one that ended was never available."""

    state: str
    error: str = ""


@dataclass(slots=True)
class _Loaded:
    batcher: Batcher
    users: int = 0
    retired: bool = False


@dataclass(slots=True)
class _Held:
    loaded: dict[int, _Loaded] = field(default_factory=dict)
    statuses: dict[int, Status] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)


class Versions:
    """The versions of one model that can be asked. Safe for many threads."""

    def __init__(
        self, folder: Path, open_version: Callable[[Path], Classifier], sizes: Sizes, newest: int = 1
    ) -> None:
        """``open_version`` opens a warm classifier of a version; ``newest`` as in ``read_repository``.

        Nothing is loaded before ``refresh``. Raises ModelError if the folder holds no version.
        """
        self._folder = folder
        self._open = open_version
        self._sizes = sizes
        self._newest = newest
        self._held = _Held()
        self._lock = threading.Condition()
        self._logged = ""
        self.name = load_manifest(newest_version(folder)).name

    def named(self, name: str) -> "Versions | None":
        """These, if the model is called so."""
        return self if name == self.name else None

    def refresh(self) -> None:
        """Bring what is served in line with the folder: load first, move labels, then unload.

        What can't be loaded is logged, and seen in ``statuses``; what was served before stays.
        """
        try:
            wanted = read_repository(self._folder, self._newest)
        except ModelError as error:
            self._log_once(str(error))
            return
        self._logged = ""
        for version, folder in wanted.versions.items():
            if version not in self._held.loaded:
                self._load(version, folder)
        self._retire(self._relabel(wanted))

    def watch(self, every_s: float, stop: threading.Event) -> None:
        """Refresh until told to stop."""
        while not stop.wait(every_s):
            self.refresh()

    @contextmanager
    def asked(self, version: int | None = None, label: str | None = None) -> Iterator[Batcher]:
        """The batcher of a version, of a label, or of the newest; it stays loaded until the block ends.

        Raises ModelVersionNotFound, ModelLabelNotFound.
        """
        with self._lock:
            if label is not None:
                if label not in self._held.labels:
                    raise ModelLabelNotFound(label)
                version = self._held.labels[label]
            askable = [number for number, one in self._held.loaded.items() if not one.retired]
            if version is None:
                version = max(askable, default=None)
            if version not in askable:
                raise ModelVersionNotFound(version)
            loaded = self._held.loaded[version]
            loaded.users += 1
        try:
            yield loaded.batcher
        finally:
            with self._lock:
                loaded.users -= 1
                self._lock.notify_all()

    def statuses(self) -> Mapping[int, Status]:
        """The state of every version that was ever to be served."""
        with self._lock:
            return dict(sorted(self._held.statuses.items()))

    def ready(self) -> bool:
        """Whether any version can be asked."""
        return any(status.state == AVAILABLE for status in self.statuses().values())

    def close(self) -> None:
        """Unload all, after what is under way."""
        self._retire(set(self._held.loaded))

    def _load(self, version: int, folder: Path) -> None:
        before = self._held.statuses.get(version)
        self._set(version, Status(LOADING, before.error if before else ""))
        try:
            self._expect(load_manifest(folder), version, folder)
            batcher = Batcher(lambda: self._open(folder), self._sizes)
        except ModelError as error:
            self._set(version, Status(END, str(error)))
            if before is None or before.error != str(error):
                log.error("version.refused", extra={"version": version, "error": str(error)})  # noqa: TRY400
            return
        with self._lock:
            self._held.loaded[version] = _Loaded(batcher)
        self._set(version, Status(AVAILABLE))
        log.info(
            "version.available",
            extra={"model": self.name, "version": version, "digest": batcher.manifest.digest[:12]},
        )

    def _expect(self, manifest: Manifest, version: int, folder: Path) -> None:
        if (manifest.name, manifest.version) != (self.name, version):
            raise ModelError(
                f"{folder}: its manifest says {manifest.name} version {manifest.version},"
                f" expected {self.name} version {version}"
            )

    def _relabel(self, wanted: RequestedVersions) -> set[int]:
        """Move labels to versions that can be asked; returns the versions that nobody needs any more."""
        with self._lock:
            labels = {
                # A label stays where it was until its new version can take over.
                label: version if version in self._held.loaded else self._held.labels.get(label)
                for label, version in wanted.labels.items()
            }
            moved = {label: version for label, version in labels.items() if version is not None}
            if moved != self._held.labels:
                log.info("model_labels.changed", extra={"labels": moved})
            self._held.labels = moved
            kept = set(wanted.versions) | set(moved.values())
            ready = kept & set(self._held.loaded)
            # If none of the wanted could be loaded, the last good one goes on.
            return set(self._held.loaded) - kept if ready else set()

    def _retire(self, versions: set[int]) -> None:
        for version in sorted(versions):
            self._set(version, Status(UNLOADING))
            with self._lock:
                loaded = self._held.loaded[version]
                loaded.retired = True
                while loaded.users:
                    self._lock.wait()
                del self._held.loaded[version]
            loaded.batcher.close()
            self._set(version, Status(END))
            log.info("version.unloaded", extra={"model": self.name, "version": version})

    def _set(self, version: int, status: Status) -> None:
        with self._lock:
            self._held.statuses[version] = status

    def _log_once(self, error: str) -> None:
        if error != self._logged:
            log.error("folder.wrong", extra={"error": error})
        self._logged = error
