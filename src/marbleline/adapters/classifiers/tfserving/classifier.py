"""Asks the server in batches of one size, and knows by each answer which version gave it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from marbleline.adapters.classifiers.tfserving.connection import ModelServerConnection
from marbleline.adapters.classifiers.tfserving.signature import check_signature
from marbleline.domain.classification import OUTPUTS, Classification, predictions_of
from marbleline.domain.model import (
    Manifest,
    ManifestCheck,
    Prediction,
    load_manifest,
    load_version,
    newest_version,
)
from marbleline.domain.picture import Pixels
from marbleline.domain.product_heads import HEADS_FILE
from marbleline.errors import ClassifierUnavailable, ModelError, SettingError, TensorError
from marbleline.tfserving.address import parse_address
from marbleline.tfserving.messages import (
    SIGNATURE,
    SIGNATURE_DEF,
    STATES,
    GetModelMetadataRequest,
    GetModelStatusRequest,
    PredictRequest,
)
from marbleline.tfserving.tensors import fill_pixels, read_floats

RUNTIME: Final = "tensorflow-serving"

# Pictures in one request: the server's memory grows with them, and a batch of the line has fewer.
MOST_IN_A_REQUEST: Final = 32

# While a promotion is under way, two requests of one batch may be answered by two versions: ask again.
_TRIES: Final = 5


class TfServingClassifier:
    """Keeps the port ``Classifier``.

    The server says in each answer which version gave it; the manifest of that version, with thresholds and
    digest, comes from the model's folder on this side. So a label may move from one version to another
    while the line runs.
    """

    def __init__(
        self,
        address: str,
        folder: Path,
        *,
        timeout_s: float = 1.0,
        ca_file: Path | None = None,
        check: ManifestCheck | None = None,
    ) -> None:
        """Connect, and compare what the server runs with the manifest.

        ``address``    see ``tfserving.address``; with ``folder`` that of one version, this one is asked for
        ``folder``     the model's folder, or that of one version
        ``timeout_s``  deadline of a call, all tries included
        ``ca_file``    PEM file of the authority behind a grpcs server; None: the system's

        ``check``      as for ``load_manifest``, of the versions on this side

        A server that can't be reached now is no error: the first call that reaches it compares.

        Raises SettingError for a wrong address or CA file, ModelError naming what differs.
        """
        self._address = parse_address(address)
        self._where = f"model server {self._address.host}:{self._address.port}"
        self._folder = folder
        self._check = check
        self._manifest = load_manifest(newest_version(folder))
        # A folder of one version pins it, whatever the server calls stable.
        self._only = self._manifest.version if newest_version(folder) == folder else self._address.version
        if self._address.version not in (None, self._only):
            raise SettingError(f"classifier asks for version {self._address.version}, model is {folder}")
        if self._only is not None:
            self._manifest = load_version(folder, self._only, check)[1]
        self._checked: dict[int, Manifest] = {}
        self._connection = ModelServerConnection(self._address, ca_file, timeout_s)
        try:
            self._compare(self._only)
        except ClassifierUnavailable:
            return
        except ModelError:
            self.close()
            raise

    @property
    def manifest(self) -> Manifest:
        """Of the version that answered last; before any answer, of the one that is to be asked for."""
        return self._manifest

    @property
    def runtime(self) -> str:
        """Always ``tensorflow-serving``, also for a stand-in of its API."""
        return RUNTIME

    def classify(self, images: Sequence[Pixels]) -> Classification:
        """Judge pictures, one request per size and ``MOST_IN_A_REQUEST``; see the port."""
        groups = _grouped(images)
        requests = [self._request([images[index] for index in group]) for group in groups]
        for _ in range(_TRIES):
            responses = self._connection.predict(requests)
            versions = {self._version(response) for response in responses}
            if len(versions) <= 1:
                break
        else:
            raise ClassifierUnavailable(f"{self._where}: answers by versions {sorted(versions)} at once")
        if versions:
            self._manifest = self._known(versions.pop())
        found: dict[int, Prediction] = {}
        for group, response in zip(groups, responses, strict=True):
            height, width = images[group[0]].shape[:2]
            found.update(zip(group, self._read(response, len(group), height, width), strict=True))
        return Classification(tuple(found[index] for index in range(len(images))), self._manifest, RUNTIME)

    def check(self) -> None:
        """The version asked for is loaded and ready, by GetModelStatus."""
        request = GetModelStatusRequest()
        self._specify(request.model_spec, self._only)
        states = {
            entry.version: entry.state for entry in self._connection.status(request).model_version_status
        }
        if STATES["AVAILABLE"] not in states.values():
            names = {number: name for name, number in STATES.items()}
            said = ", ".join(f"{version} is {names.get(state)}" for version, state in sorted(states.items()))
            raise ClassifierUnavailable(f"{self._where}: no version is ready: {said or 'it has none'}")

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def _request(self, images: list[Pixels]) -> Any:
        request = PredictRequest()
        self._specify(request.model_spec, self._only)
        request.model_spec.signature_name = SIGNATURE
        if HEADS_FILE not in self._manifest.files:
            request.output_filter.extend(OUTPUTS)
        # Else all that the version has: with the strangest patch, which an older server does not know.
        fill_pixels(request.inputs["image"], images)
        return request

    def _specify(self, model_spec: Any, version: int | None) -> None:
        self._address.fill(model_spec, self._manifest.name)
        if version is not None:
            # A version and a label exclude each other; both are one field of the message.
            model_spec.version.value = version

    def _read(self, response: Any, count: int, height: int, width: int) -> list[Prediction]:
        outputs = {}
        for name, tensor in response.outputs.items():
            try:
                outputs[name] = read_floats(tensor)
            except TensorError as error:
                raise ModelError(f"{self._where}: output {name!r}: {error}") from error
        return predictions_of(outputs, count, height, width, self._manifest, self._where)

    def _version(self, response: Any) -> int:
        version = int(response.model_spec.version.value)
        if version == 0:
            raise ModelError(f"{self._where}: doesn't say which version answers")
        if self._only is not None and version != self._only:
            raise ModelError(f"{self._where}: answers by version {version}, asked for was {self._only}")
        return version

    def _known(self, version: int) -> Manifest:
        """The manifest of a version that the server's signature was compared with."""
        if version not in self._checked:
            self._compare(version)
        return self._checked[version]

    def _compare(self, version: int | None) -> None:
        request = GetModelMetadataRequest(metadata_field=[SIGNATURE_DEF])
        self._specify(request.model_spec, version)
        response = self._connection.metadata(request)
        answers = self._version(response)
        try:
            manifest = load_version(self._folder, answers, self._check)[1]
        except ModelError as error:
            raise ModelError(
                f"{self._where} answers by version {answers}, whose thresholds and digest are needed on"
                f" this side too: {error}"
            ) from error
        check_signature(response, manifest, f"{self._where}: version {answers}")
        self._checked[answers] = self._manifest = manifest


def _grouped(images: Sequence[Pixels]) -> list[list[int]]:
    """Places of the images, by size, in groups that make one request each."""
    by_size: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        by_size.setdefault(np.shape(image), []).append(index)
    return [
        group[start : start + MOST_IN_A_REQUEST]
        for group in by_size.values()
        for start in range(0, len(group), MOST_IN_A_REQUEST)
    ]
