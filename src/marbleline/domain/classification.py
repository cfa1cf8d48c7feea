"""What a classifier answered: its predictions, and which model version and runtime gave them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from marbleline.domain.model import CLASSES, Floats, Manifest, Prediction
from marbleline.domain.strangest_patch import NUMBERS, STRANGEST, JudgedPatch
from marbleline.domain.verdict import ModelRef, model_ref
from marbleline.errors import ModelError

OUTPUTS = ("scores", "anomaly", "heatmap")

_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True)
class Classification:
    """One prediction per picture, in order, all by the same model version.

    ``manifest``  of the version that answered: its thresholds and digest go with the verdicts
    ``runtime``   what ran it, ``litert`` or ``tensorflow-serving``
    ``fallback``  the model server was away and this process judged by itself
    """

    predictions: tuple[Prediction, ...]
    manifest: Manifest
    runtime: str
    fallback: bool = False

    @property
    def model(self) -> ModelRef:
        """How verdicts name what answered."""
        return model_ref(self.manifest, self.runtime, fallback=self.fallback)


def predictions_of(
    outputs: Mapping[str, Floats], count: int, height: int, width: int, manifest: Manifest, where: str
) -> list[Prediction]:
    """The model's outputs for ``count`` pictures of one size, checked and taken apart.

    ``outputs`` has scores float32 [count, classes], anomaly [count] and heatmap [count, rows, columns,
    classes]; of a version that knows normal patches also ``STRANGEST``. ``where`` names the model in errors.

    Raises ModelError if an output is missing, of another shape than the manifest promises, not finite,
    or no probability.
    """
    for name in OUTPUTS:
        if name not in outputs:
            raise ModelError(f"{where}: no output {name!r}; there are {sorted(outputs)}")
    scores, anomaly, heatmap = (np.asarray(outputs[name], np.float32) for name in OUTPUTS)
    classes = len(CLASSES)
    _check_shape("scores", scores.shape, (count, classes), where)
    _check_shape("anomaly", anomaly.shape, (count,), where)
    cells = (count, *(-(-side // manifest.heatmap_stride) for side in (height, width)), classes)
    _check_shape("heatmap", heatmap.shape, cells, where)
    for name, values in (("scores", scores), ("heatmap", heatmap)):
        # Written so that NaN fails too.
        if not (values.min() >= -_TOLERANCE and values.max() <= 1 + _TOLERANCE):
            raise ModelError(f"{where}: {name} are no probabilities: {values.min():g} to {values.max():g}")
    sums = scores.sum(axis=1)
    if not np.abs(sums - 1).max() <= _TOLERANCE:
        raise ModelError(f"{where}: scores of a picture add up to {sums.min():g} to {sums.max():g}, not to 1")
    if not np.isfinite(anomaly).all():
        raise ModelError(f"{where}: anomaly is not finite")
    strangest: list[JudgedPatch | None] = [None] * count
    if STRANGEST in outputs:
        _check_shape(STRANGEST, outputs[STRANGEST].shape, (count, NUMBERS), where)
        strangest = [JudgedPatch.from_floats(one, where) for one in outputs[STRANGEST]]
    return [
        Prediction(scores[index], float(anomaly[index]), heatmap[index], strangest=strangest[index])
        for index in range(count)
    ]


def _check_shape(name: str, found: tuple[int, ...], wanted: tuple[int, ...], where: str) -> None:
    if found != wanted:
        raise ModelError(f"{where}: output {name!r} has shape {list(found)}, expected {list(wanted)}")
