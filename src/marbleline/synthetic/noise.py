"""Seeded, periodic noise fields, made once and then only sampled: that is what makes a slab cheap."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIDE = 1024
"""Side of every field in texels, a power of two so that wrapping round is a bit mask."""

_BANK = 4
Field = NDArray[np.float32]


@lru_cache(maxsize=64)
def _spectral(kind: str, number: int) -> Field:
    """One periodic field of zero mean and unit variance, shaped in the frequency domain.

    `cloud` falls off as 1/f^1.9 in amplitude (soft, self-similar), `fibre` as 1/f^1.45 (rougher),
    `band` keeps a ring of frequencies around 7 cycles a side (evenly spaced contours, hence veins),
    `grain` keeps the finest scales (crystals). Spectral synthesis is described by Ebert et al.,
    Texturing and Modeling, chapter 7.
    """
    kinds = ("cloud", "fibre", "band", "grain")
    rng = np.random.default_rng([20260, kinds.index(kind), number])
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None, :]) * SIDE
    frequency[0, 0] = 1.0
    if kind == "cloud":
        gain = frequency**-1.9
    elif kind == "fibre":
        gain = frequency**-1.45
    elif kind == "band":
        gain = np.exp(-(((frequency - 7.0) / 3.5) ** 2))
    else:
        gain = np.exp(-(((frequency - 330.0) / 160.0) ** 2))
        gain += 0.35 * np.exp(-(((frequency - 120.0) / 60.0) ** 2))
    gain[0, 0] = 0.0
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE))) * gain
    field = np.fft.irfft2(spectrum, s=(SIDE, SIDE))
    return np.ascontiguousarray(field / field.std(), dtype=np.float32)


def pick(rng: np.random.Generator, kind: str) -> Field:
    """One of the few cached fields of `kind` ("cloud", "fibre", "band" or "grain"), chosen by `rng`."""
    return _spectral(kind, int(rng.integers(_BANK)))


def sample(field: Field, rows: Field, columns: Field) -> Field:
    """The field at real-valued texel coordinates, wrapped round, nearest texel (fields are smooth there)."""
    index = (rows.astype(np.int32) & (SIDE - 1)) * SIDE + (columns.astype(np.int32) & (SIDE - 1))
    found: Field = field.ravel()[index]
    return found


def window(rng: np.random.Generator, field: Field, height: int, width: int) -> Field:
    """A random `height` x `width` cut-out at the field's own scale, turned over at random."""
    top, left = (int(value) for value in rng.integers(SIDE, size=2))
    rows = np.arange(top, top + height) & (SIDE - 1)
    columns = np.arange(left, left + width) & (SIDE - 1)
    cut = field[rows][:, columns]
    turned: Field = cut[:: (1 if rng.random() < 0.5 else -1), :: (1 if rng.random() < 0.5 else -1)]
    return turned
