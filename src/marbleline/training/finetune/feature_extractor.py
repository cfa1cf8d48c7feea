"""Extracts features of pictures: what backbone and ensemble compute for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from marbleline.domain.model import Floats
from marbleline.training.finetune.replay_set import ReplaySet, joined
from marbleline.training.model.domain_head import describe, half, level
from marbleline.training.model.network import Judge
from marbleline.training.model.parameters import Parameters, judge_of


@dataclass(frozen=True)
class LabelledImage:
    """A picture to extract features of: uint8 [h, w, 3] at the model's size, and what is known of it."""

    image: NDArray[np.uint8]
    label: str
    group: str
    source: str
    sha256: str = ""


class FeatureExtractor:
    """Runs a version's backbone and ensemble on pictures, one at a time."""

    def __init__(self, features: Any, parameters: Parameters) -> None:
        """Raises ModelError if the parameters are another network's."""
        judge = judge_of(parameters, features)
        self._extract = _extraction(judge, parameters.project)
        self._normality = parameters.normality

    def extract(
        self, images: Iterable[LabelledImage], on_progress: Callable[[int], None] = lambda _: None
    ) -> ReplaySet:
        """The features of each picture, a row each, in order. ``on_progress`` gets how many are done."""
        rows = []
        for done, labelled in enumerate(images, start=1):
            seen, levels, logits, anomaly = (one.numpy() for one in self._extract(labelled.image[None])[:4])
            known = [
                np.array([text])
                for text in (labelled.label, labelled.group, labelled.source, labelled.sha256)
            ]
            rows.append(
                ReplaySet(seen.astype(np.float16), levels.astype(np.float16), logits, anomaly, *known)
            )
            on_progress(done)
        return joined(rows)

    def cells(self, image: NDArray[np.uint8]) -> Floats:
        """Where a picture's cells lie among the prototypes of good stone, [cells, d]."""
        coarse = self._extract(image[None])[4].numpy()
        flat = coarse.reshape(-1, coarse.shape[-1])
        return flat @ self._normality.project + self._normality.offset


def _extraction(judge: Judge, project: Floats) -> Any:
    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)])
    def extract(image: Any) -> Any:
        pixels = tf.cast(image, tf.float32)
        fine, coarse = judge.features(pixels, training=False)
        _, wide = judge.features(half(pixels), training=False)
        seen = tf.concat([describe(coarse, project), describe(wide, project)], axis=-1)
        logits, _ = judge.ensemble(fine, coarse)
        return seen, level(fine, coarse), logits, judge.anomaly(coarse), coarse

    return extract
