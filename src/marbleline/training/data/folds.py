"""Parting pictures by slab: near-duplicates of one slab must not lie on both sides of a comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FOLDS = 5


def folds_of(groups: Sequence[str] | NDArray[np.str_], count: int = FOLDS, turn: int = 0) -> NDArray[np.intp]:
    """The fold of each picture; a slab lies in one, and folds are as even as slabs allow.

    Each ``turn`` parts slabs of one size in another way.
    """
    names, sizes = np.unique(np.asarray(groups, dtype=np.str_), return_counts=True)
    order = sorted(
        range(len(names)), key=lambda n: (-sizes[n], _digest(f"{turn} {names[n]}" if turn else str(names[n])))
    )
    filled = np.zeros(min(count, len(names)))
    place: dict[str, int] = {}
    for number in order:
        place[str(names[number])] = int(filled.argmin())
        filled[filled.argmin()] += sizes[number]
    return np.array([place[str(group)] for group in groups], dtype=np.intp)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
