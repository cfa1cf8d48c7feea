"""What heads and classifiers are made of: plain arrays, and how a picture's features vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from marbleline.domain.model import Floats


@dataclass(frozen=True)
class Scales:
    """The units of a head, over the training set, float32 per channel.

    ``fine`` and ``coarse``: how much a channel varies within one picture, on average.
    ``fine_level`` and ``coarse_level``: (mean, deviation) of a channel's mean over pictures.
    """

    fine: Floats
    coarse: Floats
    fine_level: tuple[Floats, Floats]
    coarse_level: tuple[Floats, Floats]


@dataclass(frozen=True)
class Texture:
    """The linear classifier: weights [3 * 112] on coarse features' ``standard_deviation``, and a bias."""

    weights: Floats
    bias: float


def centre(value: Any) -> Any:
    """Features [N, rows, columns, c] minus their own mean over the picture."""
    return value - ops.mean(value, axis=(1, 2), keepdims=True)


def standard_deviation(value: Any) -> list[Any]:
    """How far centred features [N, rows, columns, c] vary, three times [N, c].

    Their deviation, and the 4th-power means of what lies above and below the slab's own mean.
    """
    square = ops.square(value)
    above = ops.square(ops.square(ops.relu(value)))
    below = ops.square(square) - above
    roots = [ops.sqrt(ops.mean(square, axis=(1, 2)) + 1e-6)]
    return roots + [
        ops.sqrt(ops.sqrt(ops.relu(ops.mean(part, axis=(1, 2))) + 1e-6)) for part in (above, below)
    ]
