"""What is known of a model version, and what it says of a picture."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from marbleline.domain.fields import integer, mapping, number, text
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.risk_claim import RiskClaims
from marbleline.domain.strangest_patch import JudgedPatch
from marbleline.domain.wire import SCHEMA_VERSION, UNSEARCHED, WireStruct
from marbleline.errors import ModelError, WireError

CLASSES = ("good", "crack", "dot", "joint")
DEFECTS = CLASSES[1:]

Floats = npt.NDArray[np.float32]

ManifestCheck = Callable[[Path, bytes], None]
"""Called with a version's folder and the content of its manifest; raises ModelError if it is not trusted."""


Probability = Annotated[float, Meta(ge=0, le=1)]


class Thresholds(WireStruct, frozen=True):
    """Where the three decisions part, see ``domain.decision.decide``.

    ``claims``  the risk that is claimed of these thresholds; None: none is
    """

    good_upto: Annotated[Probability, UNSEARCHED]
    faulty_from: Annotated[Probability, UNSEARCHED]
    anomaly_upto: Annotated[float, UNSEARCHED, Meta(ge=0)]
    claims: RiskClaims | None = None

    def __post_init__(self) -> None:
        """Raises ModelError unless 0 <= good_upto <= faulty_from <= 1 and anomaly_upto >= 0."""
        if not 0 <= self.good_upto <= self.faulty_from <= 1:
            raise ModelError(
                f"thresholds good_upto {self.good_upto} and faulty_from {self.faulty_from}:"
                " need 0 <= good_upto <= faulty_from <= 1"
            )
        if not self.anomaly_upto >= 0:
            raise ModelError(f"threshold anomaly_upto {self.anomaly_upto}: need 0 or more")


@dataclass(frozen=True, slots=True)
class Manifest:
    """``model_repo/<name>/<version>/manifest.json``: everything but the weights.

    ``digest``          SHA-256 over the lines ``<path> <sha256>`` of all files, sorted by path
    ``files``           path relative to the version's folder -> SHA-256
    ``heatmap_stride``  pixels of the input per cell of the heat map
    ``windowed``        share of the pictures that ``thresholds`` were set on that were in windows
    """

    name: str
    version: int
    digest: str
    files: Mapping[str, str]
    classes: tuple[str, ...]
    input: InputSpec
    heatmap_stride: int
    thresholds: Thresholds
    windowed: float = 0.0

    def __post_init__(self) -> None:
        """Raises ModelError if the version or the stride is below 1."""
        for name in ("version", "heatmap_stride"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name} is {getattr(self, name)}: need 1 or more")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one picture.

    ``scores`` float32 [classes], ``anomaly`` a float, ``heatmap`` float32 [rows, columns, classes].
    ``windows``: of a picture that was judged in windows. ``strangest``: of a taught version.
    """

    scores: Floats
    anomaly: float
    heatmap: Floats
    windows: "JudgedWindows | None" = None
    strangest: JudgedPatch | None = None


@dataclass(frozen=True, slots=True)
class JudgedWindows:
    """How many windows of a picture were judged, and where the one that decided lies.

    ``worst``: its left, top, right and bottom, in shares of the input's width and height.
    """

    judged: int
    worst: tuple[float, float, float, float]


def digest_of(files: Mapping[str, str]) -> str:
    """The version's digest from its files' digests; see ``Manifest.digest``."""
    lines = "".join(f"{path} {files[path]}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def load_manifest(folder: Path, check: ManifestCheck | None = None) -> Manifest:
    """Read ``manifest.json`` of a version's folder and check it against itself, and by ``check``.

    Raises ModelError naming the file and the field that is wrong, a class list other than ours
    included.
    """
    path = folder / "manifest.json"
    try:
        content = path.read_bytes()
        fields = json.loads(content.decode())
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: there is no model version here; name a folder with a manifest.json"
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    if check is not None:
        check(folder, content)
    try:
        manifest = _manifest(fields)
    except (WireError, ModelError) as error:
        raise ModelError(f"{path}: {error}") from error
    if manifest.digest != digest_of(manifest.files):
        raise ModelError(f"{path}: its digest doesn't match its list of files; export the version again")
    return manifest


def read_file(folder: Path, manifest: Manifest, name: str) -> bytes:
    """The content of one of the version's files, whose SHA-256 was found right.

    Raises ModelError if the manifest doesn't list it, or it is missing or changed.
    """
    path = folder / name
    if name not in manifest.files:
        raise ModelError(f"{folder}: manifest.json lists no file {name}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.files[name]:
        raise ModelError(
            f"{path}: SHA-256 is {found[:12]}..., the manifest says {manifest.files[name][:12]}...;"
            " the file is corrupt or of another version"
        )
    return content


def newest_version(folder: Path) -> Path:
    """The folder of a model's newest version: ``model_repo/marble`` -> ``model_repo/marble/2``.

    The highest number with a manifest counts, so a version that is still being copied (its manifest
    comes last) is skipped. The folder of one version is returned as it is.

    Raises ModelError if the folder is neither.
    """
    if (folder / "manifest.json").is_file():
        return folder
    versions = versions_in(folder)
    if not versions:
        raise ModelError(
            f"{folder}: holds no model version; expected a manifest.json, or folders 1, 2, ... that have one"
        )
    return versions[max(versions)]


def load_version(folder: Path, version: int, check: ManifestCheck | None = None) -> tuple[Path, Manifest]:
    """A version's folder and manifest; ``folder`` is the model's, or that of this version.

    ``check`` as for ``load_manifest``.

    Raises ModelError if it isn't there, or its manifest says another version.
    """
    own = (folder / "manifest.json").is_file()
    there = folder if own else versions_in(folder).get(version)
    if there is None:
        raise ModelError(f"{folder}: has no version {version}; there are {sorted(versions_in(folder))}")
    manifest = load_manifest(there, check)
    if manifest.version != version:
        raise ModelError(f"{there}: its manifest says version {manifest.version}, expected {version}")
    return there, manifest


def versions_in(folder: Path) -> dict[int, Path]:
    """Version -> folder, of all complete versions in a model's folder.

    Raises ModelError if the folder can't be listed.
    """
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise ModelError(
            f"{folder}: can't be listed: {error.strerror}; name a model's folder, such as model_repo/marble"
        ) from error
    return {
        int(entry.name): entry
        for entry in entries
        if entry.name.isascii() and entry.name.isdigit() and (entry / "manifest.json").is_file()
    }


def _manifest(fields: object) -> Manifest:
    if not isinstance(fields, Mapping):
        raise WireError("not a JSON object")
    classes = fields.get("classes")
    if classes != list(CLASSES):
        raise ModelError(f"classes are {classes}, this line sorts into {list(CLASSES)}")
    files = mapping(fields, "files")
    size = mapping(fields, "input")
    thresholds = mapping(fields, "thresholds")
    return Manifest(
        name=text(fields, "name"),
        version=integer(fields, "version"),
        digest=text(fields, "digest"),
        files={name: text(files, name) for name in files},
        classes=CLASSES,
        input=InputSpec(
            short_side=integer(size, "short_side"),
            step=integer(size, "step"),
            max_long_side=integer(size, "max_long_side"),
            window=integer(size, "window") if "window" in size else 0,
        ),
        heatmap_stride=integer(fields, "heatmap_stride"),
        thresholds=Thresholds(
            good_upto=number(thresholds, "good_upto"),
            faulty_from=number(thresholds, "faulty_from"),
            anomaly_upto=number(thresholds, "anomaly_upto"),
            claims=_claims(thresholds),
        ),
        windowed=number(fields, "windowed") if "windowed" in fields else 0.0,
    )


def _claims(thresholds: Mapping[str, object]) -> RiskClaims | None:
    if thresholds.get("claims") is None:
        return None
    # A part of a manifest names no version of its own.
    return RiskClaims.from_document({"schema_version": SCHEMA_VERSION, **mapping(thresholds, "claims")})
