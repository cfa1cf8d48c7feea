"""The linear classifier on a slab's texture: a logistic regression on few numbers, which resists overfitting.

The heads see thousands of altered copies and learn what alterations leave alone; this sees each real picture
as it is, and judges by how far coarse features vary. On a stone that neither has seen the two err apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from marbleline.training.model.features import Features, Shape
from marbleline.training.model.tensors import Texture, centre, standard_deviation

_CERTAINTY = 1e-3
"""Inverse strength of the penalty on weights: strong, so that no single channel decides."""

_EXAMPLES = 700.0
"""What each set of pictures weighs, half of it good and half faulty, however many it has."""


def texture_of(groups: Mapping[Shape, Features]) -> Texture:
    """Fit to pictures as they are; each source of them weighs the same."""
    values = np.concatenate([_standard_deviations(group.coarse) for group in groups.values()])
    faulty = np.concatenate([group.targets != 0 for group in groups.values()])
    sources = np.concatenate([group.sources for group in groups.values()])
    scaler = StandardScaler().fit(values)
    regression = LogisticRegression(C=_CERTAINTY, max_iter=4000)
    regression.fit(scaler.transform(values), faulty, sample_weight=_weights(sources, faulty))
    weights = regression.coef_[0] / scaler.scale_
    bias = float(regression.intercept_[0] - scaler.mean_ @ weights)
    return Texture(weights.astype(np.float32), bias)


def _standard_deviations(coarse: NDArray[np.float16]) -> NDArray[np.float32]:
    parts = [
        np.concatenate(
            [np.asarray(one) for one in standard_deviation(centre(chunk.astype(np.float32)))], axis=-1
        )
        for chunk in np.array_split(coarse, max(1, len(coarse) // 256))
    ]
    return np.concatenate(parts)


def _weights(sources: NDArray[np.str_], faulty: NDArray[np.bool_]) -> NDArray[Any]:
    weights = np.zeros(len(sources))
    for source in np.unique(sources):
        for side in (True, False):
            chosen = (sources == source) & (faulty == side)
            if chosen.any():
                weights[chosen] = _EXAMPLES / 2 / chosen.sum()
    return weights
