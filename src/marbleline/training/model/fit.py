"""Fit the head to cached features: minutes on two cores."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from marbleline.training.data.examples import UNKNOWN
from marbleline.training.model.features import Features, Shape
from marbleline.training.model.network import head
from marbleline.training.model.tensors import Scales

Epoch = Callable[[int, float, float], None]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. The learning rate falls to zero along a cosine, after a short warm-up."""

    epochs: int = 8
    batch: int = 32
    rate: float = 2e-3
    decay: float = 2e-3
    dropout: float = 0.4
    cells_weight: float = 0.6
    smoothing: float = 0.02


def scales_of(groups: Mapping[Shape, Features], most: int = 600) -> Scales:
    """The units of the heads, over about ``most`` pictures."""
    within: dict[str, list[Any]] = {"fine": [], "coarse": []}
    means: dict[str, list[Any]] = {"fine": [], "coarse": []}
    step = max(1, sum(len(group) for group in groups.values()) // most)
    for group in groups.values():
        for name, found in within.items():
            values = getattr(group, name)[::step].astype(np.float32)
            found.extend(values.std(axis=(1, 2)))
            means[name].extend(values.mean(axis=(1, 2)))

    def level(name: str) -> tuple[Any, Any]:
        found = np.asarray(means[name])
        return found.mean(axis=0), found.std(axis=0) + np.float32(1e-3)

    fine, coarse = (np.maximum(np.mean(found, axis=0), 1e-2).astype(np.float32) for found in within.values())
    return Scales(fine, coarse, level("fine"), level("coarse"))


def fit_head(
    groups: Mapping[Shape, Features],
    scales: Scales,
    schedule: Schedule,
    seed: int,
    on_epoch: Epoch,
) -> Any:
    """Train a head and return it. ``on_epoch(number, loss, seconds)`` is called after each epoch."""
    tf.keras.utils.set_random_seed(seed)
    model = head(scales, schedule.dropout)
    steps = sum(math.ceil(len(group) / schedule.batch) for group in groups.values())
    rate = tf.keras.optimizers.schedules.CosineDecay(
        1e-4, (schedule.epochs - 1) * steps, warmup_target=schedule.rate, warmup_steps=steps
    )
    optimizer = tf.keras.optimizers.AdamW(rate, weight_decay=schedule.decay, clipnorm=2.0)
    step = _make_step(model, optimizer, schedule)
    rng = np.random.default_rng(seed)
    for epoch in range(schedule.epochs):
        begun = time.monotonic()
        losses = []
        for shape, rows in _batches(groups, schedule.batch, rng):
            group = groups[shape]
            losses.append(
                step(
                    tf.constant(group.fine[rows].astype(np.float32)),
                    tf.constant(group.coarse[rows].astype(np.float32)),
                    tf.constant(group.targets[rows]),
                    tf.constant(group.cells[rows].astype(np.int32)),
                )
            )
        on_epoch(epoch + 1, float(np.mean([float(loss) for loss in losses])), time.monotonic() - begun)
    return model


def picture_loss(logits: Any, targets: Any, smoothing: float) -> Any:
    """Cross entropy per picture; where the defect isn't known, -log(1 - p(good))."""
    log_p = tf.nn.log_softmax(logits)
    wanted = tf.one_hot(tf.maximum(targets, 0), 4) * (1.0 - smoothing) + smoothing / 4.0
    known = -tf.reduce_sum(wanted * log_p, axis=-1)
    faulty = tf.reduce_logsumexp(log_p[:, 1:], axis=-1)
    unknown = -(1.0 - smoothing) * faulty - smoothing * log_p[:, 0]
    return tf.where(targets == UNKNOWN, unknown, known)


def cells_loss(logits: Any, cells: Any) -> Any:
    """Cross entropy of cells; defects and stone weigh the same together, however few cells a crack has."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(cells, 0), logits)
    good = tf.cast(cells == 0, tf.float32)
    defect = tf.cast(cells > 0, tf.float32)

    def average(weight: Any) -> Any:
        return tf.reduce_sum(losses * weight) / (tf.reduce_sum(weight) + 1.0)

    return average(good) + average(defect)


def _make_step(model: Any, optimizer: Any, schedule: Schedule) -> Any:
    channels = model.inputs[0].shape[-1], model.inputs[1].shape[-1]

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, channels[0]], tf.float32),
            tf.TensorSpec([None, None, None, channels[1]], tf.float32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None, None, None], tf.int32),
        ]
    )
    def step(fine: Any, coarse: Any, targets: Any, cells: Any) -> Any:
        with tf.GradientTape() as tape:
            picture, per_cell = model([fine, coarse], training=True)
            loss = tf.reduce_mean(picture_loss(picture, targets, schedule.smoothing))
            loss += schedule.cells_weight * cells_loss(per_cell, cells)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


def _batches(
    groups: Mapping[Shape, Features], size: int, rng: np.random.Generator
) -> list[tuple[Shape, Any]]:
    batches = []
    for shape, group in groups.items():
        order = rng.permutation(len(group))
        batches += [(shape, np.sort(order[start : start + size])) for start in range(0, len(order), size)]
    return [batches[number] for number in rng.permutation(len(batches))]
