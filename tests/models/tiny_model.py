"""The tiny model's rules in numpy: what every runtime has to answer, and pictures that it knows.

A dark cell is a crack, a red one a dot, a blue one a joint, anything else is good; a picture is as faulty
as its worst cell. Versions differ in how sure they are and in their thresholds. ``make_tiny.py`` exports it.
"""

from pathlib import Path

import numpy as np

from marbleline.domain.model import Floats, Prediction
from marbleline.domain.picture import Pixels

TINY = Path(__file__).resolve().parent / "tiny"

STRIDE = 16
# Rows: red, green, blue (0 to 1); columns: good, crack, dot, joint.
WEIGHTS = [[6.0, -9.0, 15.0, -15.0], [6.0, -9.0, -15.0, -15.0], [6.0, -9.0, -15.0, 15.0]]
BIAS = [-2.0, 3.0, -2.0, -2.0]
USUAL = 0.6
VERSIONS = {
    1: {"slope": 1.0, "good_upto": 0.2, "faulty_from": 0.6, "anomaly_upto": 1.2},
    2: {"slope": 0.8, "good_upto": 0.25, "faulty_from": 0.65, "anomaly_upto": 1.2},
    3: {"slope": 1.5, "good_upto": 0.1, "faulty_from": 0.5, "anomaly_upto": 1.3},
}

COLOURS = {"good": (200, 200, 200), "crack": (20, 20, 20), "dot": (200, 30, 30), "joint": (30, 30, 200)}


def slab(defect: str = "good", width: int = 320, height: int = 240, row: int = 2, column: int = 4) -> Pixels:
    """uint8 [height, width, 3]: a light slab, not quite even, with one cell of a defect's colour."""
    grain = np.random.default_rng(0).integers(-8, 9, (height, width, 1))
    rgb = (np.array(COLOURS["good"]) + grain).astype(np.uint8)
    rgb[row * STRIDE : (row + 1) * STRIDE, column * STRIDE : (column + 1) * STRIDE] = COLOURS[defect]
    return rgb


def expected(image: Pixels, version: int) -> Prediction:
    """What the version says of uint8 [height, width, 3]; sides are multiples of 16."""
    height, width = image.shape[:2]
    colour = image.astype(np.float32) / 255
    cells = colour.reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE, 3).mean(axis=(1, 3))
    slope = VERSIONS[version]["slope"]
    heatmap = _softmax(slope * (cells @ np.array(WEIGHTS) + np.array(BIAS)))
    scores = np.concatenate([heatmap[..., :1].min(axis=(0, 1)), heatmap[..., 1:].max(axis=(0, 1))])
    anomaly = np.abs(colour.mean(axis=(0, 1)) - USUAL).sum()
    return Prediction((scores / scores.sum()).astype(np.float32), float(anomaly), heatmap.astype(np.float32))


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
