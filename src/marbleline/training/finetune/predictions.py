"""What a version says of the replay set: the last steps of `network.Judge`, on plain arrays."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marbleline.training.finetune.replay_set import ReplaySet

Logits = NDArray[np.float32]


class Advice(Protocol):
    """See `training.model.domain_head.DomainHead`."""

    @property
    def weights(self) -> NDArray[np.float32]: ...
    @property
    def bias(self) -> float: ...
    @property
    def gate_weights(self) -> NDArray[np.float32]: ...
    @property
    def gate_bias(self) -> float: ...


def advised(domain_head: Advice | None, replayed: ReplaySet) -> Logits:
    """Picture logits [n, 4] of a version with this domain head, or with none."""
    logits = replayed.logits
    if domain_head is None:
        return logits
    faulty = np.logaddexp.reduce(logits[:, 1:], axis=1) - logits[:, 0]
    moved = share_of(domain_head, replayed) * (faulty_logit(domain_head, replayed) - faulty)
    return (logits + moved[:, None] * np.array([0.0, 1.0, 1.0, 1.0])).astype(np.float32)


def faulty_logit(domain_head: Advice, replayed: ReplaySet) -> NDArray[np.float64]:
    """The domain head's logit of faulty, [n]."""
    found: NDArray[np.float64] = replayed.seen.astype(np.float64) @ domain_head.weights + domain_head.bias
    return found


def share_of(domain_head: Advice, replayed: ReplaySet) -> NDArray[np.float64]:
    """How much each picture is one of the domain head's stones, 0 to 1, [n]."""
    theirs = replayed.levels.astype(np.float64) @ domain_head.gate_weights + domain_head.gate_bias
    return np.asarray(1.0 / (1.0 + np.exp(-theirs)))


def faulty_probability(logits: Logits) -> NDArray[np.float64]:
    """1 - p(good), [n]."""
    odds = np.exp((logits - logits.max(axis=1, keepdims=True)).astype(np.float64))
    return np.asarray(1.0 - odds[:, 0] / odds.sum(axis=1))
