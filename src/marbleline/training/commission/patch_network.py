"""The patch head: a small network on patches, learnt from what was said of whole pictures.

Only some patches of a faulty picture are faulty, and nobody says which. The network is therefore trained
through the score of the picture, the mean of its strongest patches (multiple-instance learning with a
network: Wang et al. 2018, "Revisiting multiple instance neural networks"), by stochastic gradient descent
with Adam, decoupled weight decay (Loshchilov and Hutter 2019, "Decoupled weight decay regularization") and
dropout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.domain.model import Floats
from marbleline.domain.product_heads import DIRECTIONS, LEAK, rectified, strongest_count
from marbleline.training.arrays import Flags

_EACH_SIDE: Final = 8
"""Good and faulty pictures of a step."""

_RATE: Final = 0.005
_DECAY: Final = 0.03
_DROPPED: Final = 0.2
_FIRST_SIZE: Final = 0.1


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network of so many ``units``, trained for so many ``steps``."""

    units: int = 32
    steps: int = 400


@dataclass(slots=True)
class _Adam:
    """Parameters that are trained, and the running means of their gradients and squared gradients."""

    values: list[Floats]
    means: list[Floats]
    squares: list[Floats]
    steps: int = 0

    def step(self, gradients: Sequence[Floats], rate: float, decay: float) -> None:
        self.steps += 1
        for number, gradient in enumerate(gradients):
            self.means[number] = 0.9 * self.means[number] + 0.1 * gradient
            square = 0.99 * self.squares[number] + 0.01 * np.square(gradient)
            self.squares[number] = np.asarray(square, np.float32)
            mean = self.means[number] / (1 - 0.9**self.steps)
            deviation = np.sqrt(self.squares[number] / (1 - 0.99**self.steps)) + 1e-7
            change = mean / deviation + decay * self.values[number]
            self.values[number] = np.asarray(self.values[number] - rate * change, np.float32)


def fit_patch_network(
    pictures: Sequence[Sequence[Floats]], faulty: Flags, plan: NetworkPlan, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """One network: [DIRECTIONS + 1, units] to its units, [units + 1] from them, biases last.

    All zeros without good or without faulty pictures. ``pictures`` are the views of each, float32
    [patches, DIRECTIONS]; each step takes any of the views.
    """
    if faulty.all() or not faulty.any():
        return np.zeros((DIRECTIONS + 1, plan.units), np.float32), np.zeros(plan.units + 1, np.float32)
    values = [
        (rng.standard_normal((DIRECTIONS, plan.units)) / np.sqrt(DIRECTIONS)).astype(np.float32),
        np.zeros(plan.units, np.float32),
        (_FIRST_SIZE * rng.standard_normal(plan.units) / np.sqrt(plan.units)).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    adam = _Adam(values, [np.zeros_like(one) for one in values], [np.zeros_like(one) for one in values])
    sides = (np.flatnonzero(~faulty), np.flatnonzero(faulty))
    for step in range(plan.steps):
        drawn = np.concatenate([rng.choice(side, _EACH_SIDE) for side in sides])
        kept = (rng.random(DIRECTIONS) >= _DROPPED).astype(np.float32) / np.float32(1 - _DROPPED)
        views = [pictures[int(number)][int(rng.integers(len(pictures[int(number)])))] for number in drawn]
        gradients = _gradients(values, views, faulty[drawn], kept)
        # The rate falls to zero along a cosine (Loshchilov and Hutter 2017).
        adam.step(gradients, _RATE * 0.5 * (1 + np.cos(np.pi * step / plan.steps)), _DECAY)
    return np.append(values[0], values[1][None], axis=0), np.append(values[2], values[3])


def _gradients(
    values: Sequence[Floats], views: Sequence[Floats], faulty: Flags, kept: Floats
) -> list[Floats]:
    """Of the mean logistic loss of the pictures; ``kept`` [DIRECTIONS] scales the inputs (dropout)."""
    first, bias, second, last = values
    gradients = [np.zeros_like(one) for one in values]
    scaled = first * kept[:, None]
    for patches, side in zip(views, faulty, strict=True):
        before = patches @ scaled + bias
        units = rectified(before)
        logits = units @ second
        count = strongest_count(len(logits))
        chosen = np.argpartition(logits, len(logits) - count)[len(logits) - count :]
        logit = float(logits[chosen].mean() + last[0])
        loss = np.float32((1 / (1 + np.exp(-np.clip(logit, -30, 30))) - side) / len(views))
        strongest = units[chosen]
        back = np.where(before[chosen] > 0, np.float32(1), np.float32(LEAK)) * second * (loss / count)
        gradients[0] += (patches[chosen] * kept).T @ back
        gradients[1] += back.sum(axis=0)
        gradients[2] += strongest.sum(axis=0) * (loss / count)
        gradients[3] += loss
    return gradients
