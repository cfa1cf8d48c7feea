"""The network: a frozen backbone, small heads on what differs from the slab's own stone, and its anomaly.

    image ─ backbone ┬ fine   [h/8,  w/8,   40] ┐ minus their own mean over the slab
                     └ coarse [h/16, w/16, 112] ┘
        cells:    centred fine + coarse, two small convolutions -> a class per cell (the heat map)
        picture:  how far features vary over the slab (deviation, 4th-power peaks), their mean, and pooled
                  cells -> scores
        texture:  a linear classifier on how far coarse features vary -> faulty or not
        anomaly:  coarse features against a bank of good ones
        domain head (a version that learnt from labels): see `training.model.domain_head`

A crack is unlike the rest of its own slab, whatever the stone: cells and texture never see the mean.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from marbleline.domain.model import CLASSES, Floats
from marbleline.training.model.backbone import DEVIATION, LITE0, MEAN, stages
from marbleline.training.model.domain_head import DomainHead, describe, half, level
from marbleline.training.model.normality import Normality
from marbleline.training.model.tensors import Scales, Texture, centre, standard_deviation

FINE, COARSE = 40, 112
_LIFT = 32
_CELL = 64
_HIDDEN = 128


def backbone() -> Any:
    """Model: image float32 [N, h, w, 3] in 0..255 -> fine [N, h/8, w/8, 40], coarse [N, h/16, w/16, 112]."""
    image = keras.Input((None, None, 3), name="image")
    scale = 1.0 / (255.0 * np.asarray(DEVIATION, dtype=np.float32))
    shift = -np.asarray(MEAN, dtype=np.float32) / np.asarray(DEVIATION, dtype=np.float32)
    outputs = stages(image * scale + shift, LITE0[:5])
    return keras.Model(image, [outputs[2], outputs[4]], name="backbone")


def head(scales: Scales, dropout: float) -> Any:
    """Model: (fine, coarse) -> picture logits [N, 4], cell logits [N, h/8, w/8, 4]; good's logit is 0."""
    fine = keras.Input((None, None, FINE), name="fine")
    coarse = keras.Input((None, None, COARSE), name="coarse")
    near = centre(fine) * (1.0 / scales.fine)
    wide = centre(coarse) * (1.0 / scales.coarse)

    lifted = keras.layers.Conv2D(_LIFT * 4, 1, name="lift")(wide)
    lifted = _DepthToSpace(name="unfold")(lifted)
    cells = keras.layers.Concatenate()([near, lifted])
    cells = keras.layers.Conv2D(_CELL, 1, activation="relu", name="cell_mix")(cells)
    cells = keras.layers.SpatialDropout2D(dropout / 2)(cells)
    cells = keras.layers.SeparableConv2D(_CELL, 3, padding="same", activation="relu", name="cell_around")(
        cells
    )
    cells = keras.layers.Conv2D(len(CLASSES) - 1, 1, name="cell_class")(cells)

    levels = [_level(fine, scales.fine_level), _level(coarse, scales.coarse_level)]
    seen = keras.layers.Concatenate()([*standard_deviation(near), *standard_deviation(wide), *levels])
    seen = keras.layers.Dropout(dropout)(seen)
    hidden = keras.layers.Dense(_HIDDEN, activation="relu", name="picture_mix")(seen)
    hidden = keras.layers.Dropout(dropout)(hidden)
    strongest = ops.log(ops.mean(ops.exp(ops.clip(cells, -20.0, 20.0)), axis=(1, 2)) + 1e-8)
    together = keras.layers.Concatenate()([hidden, strongest])
    picture = keras.layers.Dense(len(CLASSES) - 1, name="picture_class")(together)
    return keras.Model([fine, coarse], [_with_good(picture), _with_good(cells)], name="head")


class Ensemble(tf.Module):  # type: ignore[misc]
    """Heads that were trained apart, their logits averaged, and the texture classifier added."""

    def __init__(self, heads: list[Any], texture: Texture) -> None:
        super().__init__(name="committee")
        self.heads = heads
        self.weights = tf.constant(texture.weights[:, None], tf.float32, name="texture")
        self.bias = float(texture.bias)

    def __call__(self, fine: Any, coarse: Any) -> tuple[Any, Any]:
        """Picture logits [N, 4] and cell logits [N, h/8, w/8, 4]."""
        answers = [head([fine, coarse], training=False) for head in self.heads]
        picture = tf.add_n([one for one, _ in answers]) / len(answers)
        cells = tf.add_n([one for _, one in answers]) / len(answers)
        spread = tf.concat(standard_deviation(centre(coarse)), axis=-1)
        faulty = tf.matmul(spread, self.weights) + self.bias
        return picture + faulty * tf.constant([[0.0, 1.0, 1.0, 1.0]]), cells


class Judge(tf.Module):  # type: ignore[misc]
    """What is exported: uint8 pictures in, scores, anomaly and heat map out; see `Judge.judge`."""

    def __init__(
        self,
        features: Any,
        ensemble: Ensemble,
        normality: Normality,
        domain_head: DomainHead | None = None,
    ) -> None:
        super().__init__(name="marble")
        self.features = features
        self.ensemble = ensemble
        self.domain_head = domain_head
        self.project = tf.constant(normality.project[None, None], name="project")
        self.offset = tf.constant(normality.offset, name="offset")
        self.prototypes = tf.constant(normality.prototypes.T[None, None], name="prototypes")
        self.energy = tf.constant(0.5 * (normality.prototypes**2).sum(axis=1), name="energy")
        self.middle = float(normality.middle)
        self.steepness = float(normality.steepness)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="image")])
    def judge(self, image: Any) -> dict[str, Any]:
        """image uint8 [N, h, w, 3], h and w multiples of 16 -> scores, anomaly, heatmap (all float32)."""
        fine, coarse = self.features(tf.cast(image, tf.float32), training=False)
        picture, cells = self.ensemble(fine, coarse)
        if self.domain_head is not None:
            picture = self._advised(self.domain_head, image, fine, coarse, picture)
        return {
            "scores": tf.nn.softmax(picture, name="scores"),
            "anomaly": tf.identity(self.anomaly(coarse), name="anomaly"),
            "heatmap": tf.nn.softmax(cells, name="heatmap"),
        }

    def _advised(self, domain_head: DomainHead, image: Any, fine: Any, coarse: Any, picture: Any) -> Any:
        """Picture logits [N, 4], moved towards the domain head as far as the picture is one of its stones."""
        _, wide = self.features(half(tf.cast(image, tf.float32)), training=False)
        seen = tf.concat(
            [describe(coarse, domain_head.project), describe(wide, domain_head.project)], axis=-1
        )
        own = tf.matmul(seen, tf.constant(domain_head.weights[:, None])) + float(domain_head.bias)
        theirs = tf.matmul(level(fine, coarse), tf.constant(domain_head.gate_weights[:, None]))
        share = tf.sigmoid(theirs + float(domain_head.gate_bias))
        faulty = tf.reduce_logsumexp(picture[:, 1:], axis=-1, keepdims=True) - picture[:, :1]
        moved = share * (own - faulty)
        return picture + moved * tf.constant([[0.0, 1.0, 1.0, 1.0]])

    def anomaly(self, coarse: Any) -> Any:
        """Free energy of a mixture of Gaussians around the good prototypes, its strongest cells' mean."""
        place = tf.nn.conv2d(coarse, self.project, 1, "VALID") + self.offset
        near = tf.nn.conv2d(place, self.prototypes, 1, "VALID") - self.energy
        size = 0.5 * tf.reduce_sum(place * place, axis=-1, keepdims=True)
        distance = size - tf.reduce_max(near, axis=-1, keepdims=True)
        root = tf.sqrt(tf.maximum(distance, 0.0) + 1e-6)
        # The 4th-power mean lies between the mean and the maximum: one odd cell counts, noise does not.
        peak = tf.reduce_mean(tf.square(tf.square(root)), axis=[1, 2, 3]) ** 0.25
        return tf.sigmoid((peak - self.middle) * self.steepness)


class _DepthToSpace(keras.layers.Layer):  # type: ignore[misc]
    """[N, h, w, 4c] -> [N, 2h, 2w, c]: doubling that XNNPACK runs, unlike a resize of unknown size."""

    def call(self, value: Any) -> Any:
        return tf.nn.depth_to_space(value, 2)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (shape[0], None, None, (shape[3] or 0) // 4)


def _level(value: Any, usual: tuple[Floats, Floats]) -> Any:
    # Half the unit: a stone's own look may inform the decision, not dominate it.
    return 0.5 * (ops.mean(value, axis=(1, 2)) - usual[0]) / usual[1]


def _with_good(defects: Any) -> Any:
    return ops.concatenate([ops.zeros_like(defects[..., :1]), defects], axis=-1)
