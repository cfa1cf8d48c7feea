"""Sliding windows: a picture too large for one input is judged part by part, and the worst part decides.

``domain.picture`` brings such a picture to a size at which its details are as large as the model knows them.
Here that input is cut into overlapping windows of an ordinary input's size, each is judged like a picture of
its own, and what was said of them becomes one prediction for the picture. Windows overlap, so that a defect
on the border of one lies well inside another.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from marbleline.domain.classification import Classification
from marbleline.domain.decision import SEVERITY, by_thresholds
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Floats, JudgedWindows, Manifest, Prediction, Thresholds
from marbleline.domain.picture import Pixels
from marbleline.domain.region import Region
from marbleline.domain.region_cells import kept_pixels
from marbleline.domain.strangest_patch import JudgedPatch
from marbleline.errors import ClassifierUnavailable, ModelError

Classify = Callable[[Sequence[Pixels]], Classification]

AT_ONCE: Final = 16
"""Windows in one call of the classifier: what it needs of memory does not grow with the picture."""

MOST_CELLS: Final = 25_000
"""Of a heat map in a verdict, a byte each; a finer one is reduced to the worst of neighbouring cells."""

# Two cells of the coarsest heat map, and more than the width of any crack.
_OVERLAP: Final = 32
_ASPECT: Final = 4 / 3


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an input, in its pixels."""

    left: int
    top: int
    width: int
    height: int


def judge_pictures(
    classify: Classify,
    images: Sequence[Pixels],
    manifest: Manifest,
    regions: Sequence[Region | None] | None = None,
) -> Classification:
    """As ``ports.classifier.Classifier.classify``, of inputs of any size: larger ones are judged in windows.

    ``manifest``  of the version that would answer now
    ``regions``   what of each picture is judged; windows that show nothing of it are left out

    Raises what ``classify`` raises, and ClassifierUnavailable if windows were judged by different versions.
    """
    spec = manifest.input
    large = [place for place, image in enumerate(images) if is_large(image, spec)]
    if not large:
        return classify(images)
    whole = [place for place in range(len(images)) if place not in large]
    answers: list[Classification] = []
    found: dict[int, Prediction] = {}
    if whole:
        answers.append(classify([images[place] for place in whole]))
        found.update(zip(whole, answers[0].predictions, strict=True))
    for place in large:
        image = images[place]
        windows = windows_of(image.shape[:2], spec, regions[place] if regions is not None else None)
        predictions: list[Prediction] = []
        for first in range(0, len(windows), AT_ONCE):
            answers.append(classify([_cut(image, window) for window in windows[first : first + AT_ONCE]]))
            predictions += answers[-1].predictions
        found[place] = fold_windows(windows, predictions, image, answers[-1].manifest)
    versions = {answer.manifest.digest: answer.manifest.version for answer in answers}
    if len(versions) > 1:
        raise ClassifierUnavailable(f"windows were judged by versions {sorted(versions.values())}")
    fallback = any(answer.fallback for answer in answers)
    return replace(
        answers[-1], predictions=tuple(found[place] for place in range(len(images))), fallback=fallback
    )


def is_large(image: Pixels, spec: InputSpec) -> bool:
    """Whether an input [height, width, 3] is more than the model takes in one piece."""
    height, width = image.shape[:2]
    return bool(min(width, height) > spec.short_side or max(width, height) > spec.max_long_side)


def windows_of(size: tuple[int, int], spec: InputSpec, region: Region | None = None) -> list[Window]:
    """The windows of a large input, row by row: 4:3 or 3:4, evenly spread, and overlapping.

    ``size``    height and width of the input, in pixels
    ``region``: what the input shows. Windows in which nothing is judged are left out, if any are left.
    """
    height, width = size
    short = spec.short_side
    long = min(round(short * _ASPECT / spec.step) * spec.step, spec.max_long_side)
    across, down = (long, short) if width >= height else (short, long)
    across, down = min(across, width), min(down, height)
    windows = [
        Window(left, top, across, down)
        for top in _starts(height, down, spec.step)
        for left in _starts(width, across, spec.step)
    ]
    if region is None or region.is_rectangle:
        return windows
    kept = kept_pixels(region, height, width)
    return [
        one for one in windows if kept[one.top : one.top + one.height, one.left : one.left + one.width].any()
    ] or windows


def pieces_of(image: Pixels, spec: InputSpec) -> list[Pixels]:
    """What a version looks at of an input: its windows in order, or the input itself if it is not large."""
    if not is_large(image, spec):
        return [image]
    return [_cut(image, window) for window in windows_of(image.shape[:2], spec)]


def fold_windows(
    windows: Sequence[Window], predictions: Sequence[Prediction], image: Pixels, manifest: Manifest
) -> Prediction:
    """One prediction for a picture from those for its windows.

    The scores are those of the window that is most probably faulty, the anomaly is the highest of all, and a
    cell of the heat map is the worst that a window says of it. So thresholds decide as they would of the
    worst window, and do so again if they are changed later.

    Raises ModelError if the cells of the heat map don't divide the step between windows.
    """
    stride, step = manifest.heatmap_stride, manifest.input.step
    if step % stride:
        raise ModelError(f"heatmap_stride {stride} does not divide step {step}: no windows can be judged")
    height, width = image.shape[:2]
    heatmap = np.zeros((height // stride, width // stride, len(CLASSES)), np.float32)
    heatmap[..., 0] = 1.0  # good, where no window is judged
    for window, prediction in zip(windows, predictions, strict=True):
        top, left = window.top // stride, window.left // stride
        rows, columns = prediction.heatmap.shape[:2]
        there = heatmap[top : top + rows, left : left + columns]
        np.copyto(there, prediction.heatmap, where=prediction.heatmap[..., :1] < there[..., :1])
    place = max(range(len(windows)), key=lambda one: _rank(predictions[one], manifest.thresholds))
    worst = windows[place]
    box = (
        worst.left / width,
        worst.top / height,
        (worst.left + worst.width) / width,
        (worst.top + worst.height) / height,
    )
    return Prediction(
        scores=min(predictions, key=lambda one: float(one.scores[0])).scores,
        anomaly=max(one.anomaly for one in predictions),
        heatmap=_reduced(heatmap),
        windows=JudgedWindows(len(windows), box),
        strangest=_strangest(windows, predictions, (height, width)),
    )


def _strangest(
    windows: Sequence[Window], predictions: Sequence[Prediction], size: tuple[int, int]
) -> JudgedPatch | None:
    """Of the window with the most faulty cell, in shares of the whole input."""
    known = [
        (float(prediction.heatmap[..., 0].min()), window, prediction.strangest)
        for window, prediction in zip(windows, predictions, strict=True)
        if prediction.strangest is not None
    ]
    if not known:
        return None
    _, window, patch = min(known, key=lambda one: (one[0], -one[2].distance))
    height, width = size
    return replace(
        patch,
        left=(window.left + patch.left * window.width) / width,
        top=(window.top + patch.top * window.height) / height,
        right=(window.left + patch.right * window.width) / width,
        bottom=(window.top + patch.bottom * window.height) / height,
    )


def _rank(prediction: Prediction, thresholds: Thresholds) -> tuple[int, float, float]:
    probability = float(1.0 - prediction.scores[0])
    decision, _ = by_thresholds(probability, prediction.anomaly, thresholds)
    return SEVERITY[decision], probability, prediction.anomaly


def _cut(image: Pixels, window: Window) -> Pixels:
    part = image[window.top : window.top + window.height, window.left : window.left + window.width]
    return np.ascontiguousarray(part)


def _starts(length: int, window: int, step: int) -> list[int]:
    """Where windows begin along one side, in whole steps; ``length`` and ``window`` are such."""
    count = max(1, math.ceil((length - _OVERLAP) / max(step, window - _OVERLAP)))
    gap = (length - window) // step
    return [round(number * gap / max(1, count - 1)) * step for number in range(count)]


def _reduced(heatmap: Floats) -> Floats:
    """Float32 [rows, columns, classes] with at most ``MOST_CELLS`` cells, each the worst of those before."""
    rows, columns = heatmap.shape[:2]
    times = math.ceil(math.sqrt(rows * columns / MOST_CELLS))
    if times <= 1:
        return heatmap
    for axis, count in ((0, rows), (1, columns)):
        wanted = count // times
        edges = np.arange(wanted + 1) * count // wanted
        size = int(np.diff(edges).max())
        # Cells of one more or less: the last one of a smaller group counts twice.
        places = np.minimum(edges[:-1, None] + np.arange(size), edges[1:, None] - 1)
        groups = np.take(heatmap, places, axis=axis)
        worst = groups[..., :1].argmin(axis=axis + 1, keepdims=True)
        heatmap = np.take_along_axis(groups, worst, axis=axis + 1).squeeze(axis + 1)
    return heatmap
