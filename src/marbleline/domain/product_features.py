"""What the shared backbone sees of a picture: the numbers per cell that a product's heads read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from marbleline.domain.model import Floats


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the backbone: the layer that ends it, its channels, and input pixels per cell."""

    layer: str
    channels: int
    stride: int


STAGES: Final = {
    "stage2": Stage("block2_add", 24, 4),
    "stage3": Stage("block4_add", 40, 8),
    "stage5": Stage("block10_add", 112, 16),
}
"""The stages of EfficientNet-Lite0 that tell defects from texture, finest first; each is an output."""

CELL: Final = 16
"""Input pixels per cell of the pooled features, each way."""

CHANNELS: Final = sum(stage.channels for stage in STAGES.values())


def pooled(outputs: Mapping[str, Floats]) -> Floats:
    """The stages of one picture, [1, rows, columns, channels] each, as float32 [rows, columns, CHANNELS].

    Finer stages are averaged over the cells of the coarsest one.
    """
    parts = []
    for name, stage in STAGES.items():
        value = outputs[name][0]
        times = CELL // stage.stride
        rows, columns = value.shape[0] // times, value.shape[1] // times
        value = value[: rows * times, : columns * times]
        parts.append(value.reshape(rows, times, columns, times, stage.channels).mean(axis=(1, 3)))
    return np.concatenate(parts, axis=-1, dtype=np.float32)
