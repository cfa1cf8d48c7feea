"""Other cameras, lamps and stones: random changes of a picture that leave its label as it is."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from marbleline.synthetic.stone import STONES, surface, vary

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def crop(rng: np.random.Generator, rgb: Rgb, mask: Mask | None, smallest: float) -> tuple[Rgb, Mask | None]:
    """A random window of the same shape whose side is `smallest`..1 of the whole."""
    share = float(rng.uniform(smallest, 1.0))
    height, width = (max(16, round(side * share)) for side in rgb.shape[:2])
    top = int(rng.integers(rgb.shape[0] - height + 1))
    left = int(rng.integers(rgb.shape[1] - width + 1))
    cut = np.s_[top : top + height, left : left + width]
    return rgb[cut], None if mask is None else mask[cut]


def turn(rng: np.random.Generator, rgb: Rgb, mask: Mask | None) -> tuple[Rgb, Mask | None]:
    """Turned over, upside down, and by a quarter if it is square: a slab has no up."""
    steps = (1 if rng.random() < 0.5 else -1), (1 if rng.random() < 0.5 else -1)
    quarter = rgb.shape[0] == rgb.shape[1] and rng.random() < 0.5

    def move(array: NDArray[Any]) -> NDArray[Any]:
        moved = array[:: steps[0], :: steps[1]]
        return moved.swapaxes(0, 1) if quarter else moved

    return move(rgb), None if mask is None else move(mask)


def relight(rng: np.random.Generator, rgb: Rgb, strength: float = 1.0) -> Rgb:
    """Another lamp and another stone colour: gains, gamma, saturation and a slope of light.

    `strength` 0 changes nothing, 1 a lot. uint8 [h, w, 3] in and out.
    """
    value = rgb.astype(np.float32) / 255.0
    value = value ** np.float32(math.exp(rng.normal(0.0, 0.22 * strength)))
    value *= np.exp(rng.normal(0.0, 0.08 * strength, 3)).astype(np.float32)
    value *= np.float32(math.exp(rng.normal(-0.08, 0.2) * strength))
    grey = value.mean(axis=2, keepdims=True)
    value = grey + (value - grey) * np.float32(math.exp(rng.normal(0.0, 0.35 * strength)))
    middle = value.mean()
    value = middle + (value - middle) * np.float32(math.exp(rng.normal(0.0, 0.15 * strength)))
    angle = float(rng.uniform(0.0, 2.0 * math.pi))
    slope = float(rng.uniform(0.0, 0.15 * strength))
    rows = np.linspace(-1.0, 1.0, rgb.shape[0], dtype=np.float32)[:, None]
    columns = np.linspace(-1.0, 1.0, rgb.shape[1], dtype=np.float32)[None, :]
    value *= (1.0 + slope * (math.cos(angle) * columns + math.sin(angle) * rows))[..., None]
    # A camera's exposure control would not let the slab burn out either.
    value *= np.float32(min(1.0, 1.04 / max(1e-3, float(np.percentile(value[::4, ::4], 97.0)))))
    return np.clip(value * 255.0, 0.0, 255.0).astype(np.uint8)


def overlay_stone(rng: np.random.Generator, rgb: Rgb, strength: float) -> Rgb:
    """A drawn stone's veins and clouds laid faintly over a real picture: another stone, same label."""
    kind = vary(rng, STONES[list(STONES)[int(rng.integers(len(STONES)))]])
    height, width = rgb.shape[:2]
    face = surface(rng, kind, (height + 1) // 2, (width + 1) // 2)
    face = np.clip(face - face.mean(axis=(0, 1)) + 127.0, 0.0, 255.0)
    wide = Image.fromarray(face.astype(np.uint8)).resize((width, height), Image.Resampling.BILINEAR)
    pattern = np.asarray(wide, dtype=np.float32) - 127.0
    return np.clip(rgb + strength * pattern, 0.0, 255.0).astype(np.uint8)


def recapture(rng: np.random.Generator, rgb: Rgb) -> Rgb:
    """Another lens, sensor and JPEG encoder: a little blur, noise and compression, each now and then."""
    if rng.random() < 0.35:
        blur = ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.3)))
        rgb = np.asarray(Image.fromarray(rgb).filter(blur))
    if rng.random() < 0.5:
        noise = rng.normal(0.0, rng.uniform(1.0, 6.0), (*rgb.shape[:2], 1 if rng.random() < 0.5 else 3))
        rgb = np.clip(rgb + noise, 0.0, 255.0).astype(np.uint8)
    if rng.random() < 0.4:
        buffer = io.BytesIO()
        Image.fromarray(rgb).save(buffer, format="JPEG", quality=int(rng.integers(55, 96)))
        rgb = np.asarray(Image.open(buffer))
    return rgb
