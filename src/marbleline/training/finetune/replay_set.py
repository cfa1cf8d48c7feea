"""Features of pictures, so that a version can be fine-tuned and evaluated again without the pictures.

Two files beside a version: ``replay.npz`` is what it was trained on, replayed when it learns more, so
that it does not forget; ``golden.npz`` is the fixed set on which a candidate must not be worse. Both hold
numbers that the frozen backbone and ensemble make of a picture, about 4 KB each, and no picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marbleline.errors import ModelError

REPLAY_FILE = "replay.npz"
GOLDEN_FILE = "golden.npz"


@dataclass(frozen=True)
class ReplaySet:
    """Of n pictures, row by row.

    ``seen`` float16 [n, SEEN] and ``levels`` float16 [n, LEVELS], see `training.model.domain_head`
    ``logits``   float32 [n, 4], what the ensemble says
    ``anomaly``  float32 [n]
    ``labels``   a class, or ``faulty`` if the defect isn't known
    ``groups``   the slab, ``sources`` the data set, ``sha256`` of the picture or empty
    """

    seen: NDArray[np.float16]
    levels: NDArray[np.float16]
    logits: NDArray[np.float32]
    anomaly: NDArray[np.float32]
    labels: NDArray[np.str_]
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    sha256: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def faulty(self) -> NDArray[np.bool_]:
        """Whether each is faulty."""
        return self.labels != "good"

    def where(self, chosen: NDArray[Any]) -> ReplaySet:
        """Those rows only (flags or indices)."""
        return ReplaySet(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def joined(parts: Sequence[ReplaySet]) -> ReplaySet:
    """One after the other."""
    names = ReplaySet.__dataclass_fields__
    return ReplaySet(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def save_replay(path: Path, memory: ReplaySet) -> None:
    """Write it."""
    np.savez_compressed(path, **{name: getattr(memory, name) for name in ReplaySet.__dataclass_fields__})


def load_replay(path: Path) -> ReplaySet:
    """Read it. Raises ModelError naming the file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return ReplaySet(**{name: file[name] for name in ReplaySet.__dataclass_fields__})
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: is missing, so this version can't be taught or tried without its pictures"
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
