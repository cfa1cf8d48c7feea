"""The domain head: what a version learnt from labels of its own line, beside what it was trained on before.

Two linear classifiers on one picture. The first says faulty or not, from a description of the texture at two
scales. The second says whether the picture is of the labelled stones at all, from the stone's own colour and
grain; as far as it is, the domain head's word counts instead of the ensemble's. So a line that changes its
stone learns the new one, and the verdicts on the old one stay what they were.

A mixture of two experts with a gate (Jacobs et al. 1991, "Adaptive mixtures of local experts"). The
description is how far features vary, and how they vary together: the channels' covariance under signed
square roots (Lin et al. 2015, "Bilinear CNN models", with one network).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from marbleline.domain.model import Floats
from marbleline.training.model.normality import whiten
from marbleline.training.model.tensors import centre, standard_deviation

_DIRECTIONS = 32
_UPPER = np.flatnonzero(np.triu(np.ones((_DIRECTIONS, _DIRECTIONS), dtype=bool)))

SEEN = 2 * (3 * 112 + len(_UPPER))
"""Numbers in the description of a picture, both scales together."""

LEVELS = 40 + 112
"""Numbers that tell one stone from another: the mean of each channel."""


@dataclass(frozen=True)
class DomainHead:
    """Two linear classifiers on a description made along ``project`` [112, 32].

    ``weights`` [SEEN] and ``bias`` give the logit of faulty, ``gate_weights`` [LEVELS] and ``gate_bias`` that
    of being one of the labelled stones.
    """

    project: Floats
    weights: Floats
    bias: float
    gate_weights: Floats
    gate_bias: float


def projection(coarse: Any) -> Floats:
    """The 32 directions [112, 32] in which centred features [..., 112] vary most, each of unit variance."""
    centred = np.asarray(coarse, dtype=np.float32)
    return whiten(centred.reshape(-1, centred.shape[-1]), _DIRECTIONS)[0]


def half(image: Any) -> Any:
    """Pictures [N, h, w, 3] at half the size: a wide crack fills the view less, a thin one blurs away.

    Cut to multiples of 16 like the whole: a last cell that hangs over the edge varies for no reason of stone.
    """
    small = tf.nn.avg_pool2d(image, 2, 2, "VALID")
    size = tf.shape(small)
    return small[:, : size[1] // 16 * 16, : size[2] // 16 * 16]


def describe(coarse: Any, project: Floats) -> Any:
    """Half of a picture's description, [N, SEEN / 2], from coarse features [N, rows, columns, 112]."""
    value = centre(coarse)
    turned = tf.nn.conv2d(value, tf.constant(project[None, None]), 1, "VALID")
    count = tf.reduce_prod(tf.shape(turned)[1:3])
    flat = tf.reshape(turned, tf.stack([tf.shape(turned)[0], count, _DIRECTIONS]))
    together = tf.matmul(flat, flat, transpose_a=True) / tf.cast(count, tf.float32)
    together = tf.gather(tf.reshape(together, [-1, _DIRECTIONS * _DIRECTIONS]), _UPPER, axis=1)
    return tf.concat([*standard_deviation(value), together * tf.math.rsqrt(tf.abs(together) + 1e-6)], axis=-1)


def level(fine: Any, coarse: Any) -> Any:
    """The mean of each channel, [N, LEVELS]."""
    return ops.concatenate([ops.mean(fine, axis=(1, 2)), ops.mean(coarse, axis=(1, 2))], axis=-1)
