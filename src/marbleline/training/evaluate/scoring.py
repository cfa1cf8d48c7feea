"""A model's answers on labelled pictures, as arrays to measure on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Prediction
from marbleline.domain.picture import fit, prepare
from marbleline.domain.windows import judge_pictures
from marbleline.ports.classifier import Classifier
from marbleline.synthetic import STONES, draw
from marbleline.training.data.dataset import Sample, load_mask
from marbleline.training.progress import OnCount

HIT_PIXELS = 8.0
"""How far from the defect's mask the strongest cell may lie, in pixels of the picture."""


@dataclass(frozen=True)
class Scores:
    """Of n pictures: faulty_probability and anomaly float [n], best class int [n], labels and groups.

    ``hits``: 1 where the strongest cell lies on the defect's mask, 0 where not, NaN without a mask.
    """

    probability: NDArray[np.float64]
    anomaly: NDArray[np.float64]
    best: NDArray[np.intp]
    labels: NDArray[np.str_]
    meanings: NDArray[np.str_]
    groups: NDArray[np.str_]
    splits: NDArray[np.str_]
    hits: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_]) -> Scores:
        """Those pictures only."""
        return Scores(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.probability)


def score_samples(classifier: Classifier, samples: Sequence[Sample], on_progress: OnCount) -> Scores:
    """Judge real pictures as the line does. Raises PictureError, ModelError."""
    spec = classifier.manifest.input
    rows = []
    for number, sample in enumerate(samples, start=1):
        image = prepare(sample.path.read_bytes(), spec).rgb
        prediction = judge_pictures(classifier.classify, [image], classifier.manifest).predictions[0]
        mask = load_mask(sample)
        hit = math.nan if mask is None else float(strikes(prediction, mask))
        rows.append((prediction, sample.label, sample.meaning, sample.group, sample.split, hit))
        if number % 50 == 0 or number == len(samples):
            on_progress(number, len(samples))
    return _gather(rows)


def score_synthetic(classifier: Classifier, count: int, seed: int, on_progress: OnCount) -> Scores:
    """Judge ``count`` drawn slabs, the four classes in turn over all stones."""
    spec, stones = classifier.manifest.input, list(STONES)
    rows = []
    for number in range(count):
        label, stone = CLASSES[number % len(CLASSES)], stones[number // len(CLASSES) % len(stones)]
        slab = draw(seed + number, stone=stone, label=label)
        prediction = _ask(classifier, slab.rgb, spec)
        hit = math.nan if label == "good" else float(strikes(prediction, slab.mask))
        rows.append((prediction, label, label, f"slab {number}", "synthetic", hit))
        if (number + 1) % 50 == 0:
            on_progress(number + 1, count)
    return _gather(rows)


def strikes(prediction: Prediction, mask: NDArray[np.bool_]) -> bool:
    """Whether the strongest cell's centre lies on the mask [h, w] or within ``HIT_PIXELS`` of it."""
    faulty = 1.0 - prediction.heatmap[:, :, 0]
    return bool(cells_on_mask(faulty.shape, mask).flat[int(faulty.argmax())])


def cells_on_mask(shape: tuple[int, ...], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of a heat map of this shape the cells [rows, columns] whose centre lies on the mask [h, w] or near it.

    Near is within ``HIT_PIXELS`` of the picture.
    """
    found = np.zeros(shape, bool)
    reach = math.ceil(HIT_PIXELS)
    for row, column in np.ndindex(found.shape):
        y = (row + 0.5) * mask.shape[0] / shape[0]
        x = (column + 0.5) * mask.shape[1] / shape[1]
        top, left = max(0, int(y) - reach), max(0, int(x) - reach)
        ys, xs = np.nonzero(mask[top : int(y) + reach + 1, left : int(x) + reach + 1])
        if len(ys):
            nearest = float(np.hypot(top + ys + 0.5 - y, left + xs + 0.5 - x).min())
            found[row, column] = nearest <= HIT_PIXELS
    return found


def _ask(classifier: Classifier, rgb: NDArray[np.uint8], spec: InputSpec) -> Prediction:
    return classifier.classify([fit(rgb, spec)]).predictions[0]


def _gather(rows: Iterable[tuple[Prediction, str, str, str, str, float]]) -> Scores:
    predictions, labels, meanings, groups, splits, hits = zip(*rows, strict=True)
    return Scores(
        probability=np.array([1.0 - float(one.scores[0]) for one in predictions]),
        anomaly=np.array([one.anomaly for one in predictions]),
        best=np.array([int(one.scores.argmax()) for one in predictions]),
        labels=np.array(labels),
        meanings=np.array(meanings),
        groups=np.array(groups),
        splits=np.array(splits),
        hits=np.array(hits),
    )
