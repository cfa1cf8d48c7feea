"""What is known of a model version, and what it says of a picture."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from marbleline.domain.picture import InputSpec
from marbleline.domain.wire import integer, mapping, number, text
from marbleline.errors import ModelError, WireError

CLASSES = ("good", "crack", "dot", "joint")
DEFECTS = CLASSES[1:]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the three decisions part; probabilities from 0 to 1, see ``domain.verdict.decide``."""

    good_upto: float
    faulty_from: float
    anomaly_upto: float

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
    """

    name: str
    version: int
    digest: str
    files: Mapping[str, str]
    classes: tuple[str, ...]
    input: InputSpec
    heatmap_stride: int
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one picture.

    ``scores`` float32 [classes], ``anomaly`` a float, ``heatmap`` float32 [rows, columns, classes].
    """

    scores: Floats
    anomaly: float
    heatmap: Floats


def digest_of(files: Mapping[str, str]) -> str:
    """The version's digest from its files' digests; see ``Manifest.digest``."""
    lines = "".join(f"{path} {files[path]}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def load_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` of a version's folder and check it against itself.

    Raises ModelError naming the file and the field that is wrong, a class list other than ours
    included.
    """
    path = folder / "manifest.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: there is no model version here; name a folder with a manifest.json"
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    try:
        manifest = _manifest(fields)
    except (WireError, ModelError) as error:
        raise ModelError(f"{path}: {error}") from error
    if manifest.digest != digest_of(manifest.files):
        raise ModelError(f"{path}: its digest doesn't match its list of files; export the version again")
    return manifest


def check_file(folder: Path, manifest: Manifest, name: str) -> Path:
    """The path of one of the version's files, after its SHA-256 was found right.

    Raises ModelError if the manifest doesn't list it, or it is missing or changed.
    """
    path = folder / name
    if name not in manifest.files:
        raise ModelError(f"{folder}: manifest.json lists no file {name}")
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
    if found != manifest.files[name]:
        raise ModelError(
            f"{path}: SHA-256 is {found[:12]}..., the manifest says {manifest.files[name][:12]}...;"
            " the file is corrupt or of another version"
        )
    return path


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
        ),
        heatmap_stride=integer(fields, "heatmap_stride"),
        thresholds=Thresholds(
            good_upto=number(thresholds, "good_upto"),
            faulty_from=number(thresholds, "faulty_from"),
            anomaly_upto=number(thresholds, "anomaly_upto"),
        ),
    )
