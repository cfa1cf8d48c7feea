"""Memories of drawn numbers: what a picture is like is said, the rest is noise that is always the same."""

import numpy as np

from marbleline.training.finetune.replay_set import ReplaySet

WIDTH = 6


def make_memory(
    labels: list[str],
    *,
    stone: float = 0.0,
    sign: float = 1.0,
    groups: list[str] | None = None,
    source: str = "patches",
    seed: int = 0,
) -> ReplaySet:
    """Number 0 of the description tells faulty (``sign``: which way), number 0 of the levels the stone."""
    rng = np.random.default_rng(seed)
    count = len(labels)
    faulty = np.array([label != "good" for label in labels])
    seen, levels = rng.normal(0, 0.3, (2, count, WIDTH))
    seen[:, 0] += sign * np.where(faulty, 2.0, -2.0)
    levels[:, 0] += stone
    logits = np.zeros((count, 4))
    logits[:, 1] = rng.normal(0, 1, count)
    return ReplaySet(
        seen=seen.astype(np.float16),
        levels=levels.astype(np.float16),
        logits=logits.astype(np.float32),
        anomaly=np.zeros(count, np.float32),
        labels=np.array(labels),
        groups=np.array(groups or [f"slab {n // 5}" for n in range(count)]),
        sources=np.array([source] * count),
        sha256=np.array([f"{seed:02}{n:062}" for n in range(count)]),
    )
