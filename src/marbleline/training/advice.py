"""What a version says of remembered pictures: the last steps of `network.Judge`, on plain arrays."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marbleline.training.memory import Memory

Logits = NDArray[np.float32]


class Advice(Protocol):
    """A specialist, see `training.specialist.Specialist`."""

    @property
    def weights(self) -> NDArray[np.float32]: ...
    @property
    def bias(self) -> float: ...
    @property
    def gate_weights(self) -> NDArray[np.float32]: ...
    @property
    def gate_bias(self) -> float: ...


def advised(specialist: Advice | None, memory: Memory) -> Logits:
    """Picture logits [n, 4] of a version with this specialist, or with none."""
    logits = memory.logits
    if specialist is None:
        return logits
    faulty = np.logaddexp.reduce(logits[:, 1:], axis=1) - logits[:, 0]
    moved = share_of(specialist, memory) * (opinion_of(specialist, memory) - faulty)
    return (logits + moved[:, None] * np.array([0.0, 1.0, 1.0, 1.0])).astype(np.float32)


def opinion_of(specialist: Advice, memory: Memory) -> NDArray[np.float64]:
    """The specialist's logit of faulty, [n]."""
    found: NDArray[np.float64] = memory.seen.astype(np.float64) @ specialist.weights + specialist.bias
    return found


def share_of(specialist: Advice, memory: Memory) -> NDArray[np.float64]:
    """How much each picture is one of the specialist's stones, 0 to 1, [n]."""
    theirs = memory.levels.astype(np.float64) @ specialist.gate_weights + specialist.gate_bias
    return np.asarray(1.0 / (1.0 + np.exp(-theirs)))


def faulty_probability(logits: Logits) -> NDArray[np.float64]:
    """1 - p(good), [n]."""
    odds = np.exp((logits - logits.max(axis=1, keepdims=True)).astype(np.float64))
    return np.asarray(1.0 - odds[:, 0] / odds.sum(axis=1))
