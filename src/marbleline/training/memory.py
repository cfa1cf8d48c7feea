"""What a version remembers of pictures, so that it can be taught and tried again without them.

Two files beside a version: ``rehearsal.npz`` is what it was taught with, replayed when it learns more, so
that it does not forget; ``golden.npz`` is the fixed set on which a candidate must not be worse. Both hold
numbers that the frozen backbone and committee make of a picture, about 4 KB each, and no picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marbleline.errors import ModelError

REHEARSAL_FILE = "rehearsal.npz"
GOLDEN_FILE = "golden.npz"


@dataclass(frozen=True)
class Memory:
    """Of n pictures, row by row.

    ``seen`` float16 [n, SEEN] and ``levels`` float16 [n, LEVELS], see `training.specialist`
    ``logits``   float32 [n, 4], what the committee says
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

    def where(self, chosen: NDArray[Any]) -> Memory:
        """Those rows only (flags or indices)."""
        return Memory(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def joined(parts: Sequence[Memory]) -> Memory:
    """One after the other."""
    names = Memory.__dataclass_fields__
    return Memory(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def save_memory(path: Path, memory: Memory) -> None:
    """Write it."""
    np.savez_compressed(path, **{name: getattr(memory, name) for name in Memory.__dataclass_fields__})


def load_memory(path: Path) -> Memory:
    """Read it. Raises ModelError naming the file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return Memory(**{name: file[name] for name in Memory.__dataclass_fields__})
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: is missing, so this version can't be taught or tried without its pictures"
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
