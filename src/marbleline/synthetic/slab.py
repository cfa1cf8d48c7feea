"""One slab as the line's camera would see it: stone, perhaps a defect, light, grain and lens."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marbleline.synthetic import defects
from marbleline.synthetic.noise import pick, window
from marbleline.synthetic.stone import STONES, surface, vary

LABELS = ("good", "crack", "dot", "joint")
SHARES = (0.7, 0.12, 0.09, 0.09)
"""How often each label comes when the caller leaves the choice to the seed."""

_SMALLEST = 32


@dataclass(frozen=True)
class Slab:
    """A drawn slab: `rgb` uint8 [h, w, 3], `mask` bool [h, w] (true on the defect), and what it is."""

    rgb: NDArray[np.uint8]
    label: str
    mask: NDArray[np.bool_]
    stone: str
    seed: int


def draw(
    seed: int, size: tuple[int, int] = (480, 640), stone: str | None = None, label: str | None = None
) -> Slab:
    """Draw a slab; the same arguments always give the same slab.

    `size` is (height, width) in pixels, at least 32 each. `stone` is a key of `STONES` and `label` one of
    `LABELS`; left out, the seed chooses (70 % are good). Raises ValueError for any other value.
    """
    height, width = size
    if min(size) < _SMALLEST:
        raise ValueError(f"size must be at least {_SMALLEST}x{_SMALLEST} pixels, not {height}x{width}")
    if stone is not None and stone not in STONES:
        raise ValueError(f"stone must be one of {', '.join(STONES)}, not {stone!r}")
    if label is not None and label not in LABELS:
        raise ValueError(f"label must be one of {', '.join(LABELS)}, not {label!r}")
    rng = np.random.default_rng([77, seed])
    chosen_stone = list(STONES)[int(rng.integers(len(STONES)))]
    chosen_label = LABELS[int(rng.choice(len(LABELS), p=SHARES))]
    stone, label = stone or chosen_stone, label or chosen_label

    kind = vary(rng, STONES[stone])
    # Nature is soft at this scale: half size is enough for stone and light, and four times cheaper.
    face = surface(rng, kind, (height + 1) // 2, (width + 1) // 2)
    face *= _light(rng, *face.shape[:2])[..., None]
    small = Image.fromarray(np.clip(face, 0.0, 255.0).astype(np.uint8))
    rgb = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)

    mask = np.zeros(size, dtype=np.bool_)
    if label == "crack":
        mask = defects.add_crack(rng, rgb)
    elif label == "dot":
        mask = defects.add_dots(rng, rgb)
    elif label == "joint":
        mask = defects.add_joint(rng, rgb)
    grain = window(rng, pick(rng, "grain"), height, width) * np.float32(kind.grain * rng.uniform(0.6, 1.3))
    rgb += grain[..., None]
    np.clip(rgb, 0.0, 255.0, out=rgb)
    return Slab(rgb=rgb.astype(np.uint8), label=label, mask=mask, stone=stone, seed=seed)


def _light(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Gain of the lamp and the lens around 1: a slope in any direction, a soft bright patch, a vignette."""
    rows = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None, :]
    turn = float(rng.uniform(0.0, 2.0 * math.pi))
    slope = float(rng.uniform(0.0, 0.08))
    gain = 1.0 + slope * (math.cos(turn) * columns + math.sin(turn) * rows)
    gain -= float(rng.uniform(0.0, 0.1)) * (rows**2 + columns**2) / 2.0
    across, down = rng.uniform(-0.7, 0.7, 2)
    gain += float(rng.uniform(0.0, 0.07)) * np.exp(-((columns - across) ** 2 + (rows - down) ** 2) / 0.35)
    return (gain * float(rng.uniform(0.92, 1.03))).astype(np.float32)
