"""Which pictures a version remembers: what it was taught with, and the golden set that it is held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from marbleline.domain.picture import InputSpec, fit
from marbleline.synthetic import STONES, draw
from marbleline.training.dataset import Sample, load_picture
from marbleline.training.memory import GOLDEN_FILE, REHEARSAL_FILE, Memory, joined, save_memory
from marbleline.training.network import CLASSES
from marbleline.training.observe import Observer, Sight
from marbleline.training.parameters import Parameters
from marbleline.training.specialist import projection
from marbleline.training.tensors import Floats

REHEARSED_SEED, GOLDEN_SEED = 50_000_000, 60_000_000
"""Drawn slabs of their own, far from those of training, thresholds and evaluation."""

REHEARSED_SLABS, GOLDEN_SLABS = 160, 120

Sets = Mapping[str, Sequence[Sample]]


def directions(features: Any, sets: Sets, spec: InputSpec, most: int = 300) -> Floats:
    """The specialist's directions [112, 32], from training pictures of the first set with two kinds."""
    found = list(two_kinds(sets, "train").values())
    if not found:
        return projection(_coarse(features, [draw(REHEARSED_SEED + n).rgb for n in range(40)], spec))
    chosen = max(found, key=len)[:most]
    return projection(_coarse(features, (load_picture(sample) for sample in chosen), spec))


def remember(
    folder: Path, features: Any, parameters: Parameters, sets: Sets, spec: InputSpec, scale: float = 1.0
) -> None:
    """Write ``rehearsal.npz`` and ``golden.npz`` into a version's folder; ``scale``: share of drawn slabs."""
    observer = Observer(features, parameters)
    save_memory(folder / REHEARSAL_FILE, rehearsal_set(observer, sets, spec, scale))
    save_memory(folder / GOLDEN_FILE, golden_set(observer, sets, spec, scale))


def rehearsal_set(observer: Observer, sets: Sets, spec: InputSpec, scale: float = 1.0) -> Memory:
    """Training pictures as they are, of the sets that have good and faulty ones, and drawn slabs."""
    return _remember(observer, two_kinds(sets, "train"), spec, REHEARSED_SEED, _slabs(REHEARSED_SLABS, scale))


def golden_set(observer: Observer, sets: Sets, spec: InputSpec, scale: float = 1.0) -> Memory:
    """Validation pictures and other drawn slabs: none was trained on."""
    return _remember(observer, two_kinds(sets, "val"), spec, GOLDEN_SEED, _slabs(GOLDEN_SLABS, scale))


def _slabs(usual: int, scale: float) -> int:
    return max(2 * len(CLASSES), round(usual * min(1.0, scale)))


def _remember(observer: Observer, sets: Sets, spec: InputSpec, seed: int, slabs: int) -> Memory:
    parts = [observer.look(_real(name, samples, spec)) for name, samples in sets.items()]
    return joined([*parts, observer.look(_drawn(seed, slabs, spec))])


def two_kinds(sets: Sets, split: str) -> dict[str, list[Sample]]:
    """The sure pictures of a split, of the sets that have good and faulty ones there."""
    known = {
        name: [s for s in samples if s.split == split and s.meaning != "unsure"]
        for name, samples in sets.items()
    }
    return {name: found for name, found in known.items() if len({s.meaning == "good" for s in found}) == 2}


def _real(name: str, samples: Iterable[Sample], spec: InputSpec) -> Iterator[Sight]:
    for sample in samples:
        yield Sight(fit(load_picture(sample), spec), sample.meaning, sample.group, name, sample.sha256)


def _drawn(seed: int, count: int, spec: InputSpec) -> Iterator[Sight]:
    stones = list(STONES)
    for number in range(count):
        label, stone = CLASSES[number % len(CLASSES)], stones[number // len(CLASSES) % len(stones)]
        image = fit(draw(seed + number, stone=stone, label=label).rgb, spec)
        yield Sight(image, label, f"drawn {number}", "drawn")


def _coarse(features: Any, pictures: Iterable[Any], spec: InputSpec) -> Any:
    cells = []
    for rgb in pictures:
        _, coarse = features(fit(rgb, spec)[None].astype(np.float32), training=False)
        value = np.asarray(coarse)
        cells.append((value - value.mean(axis=(1, 2), keepdims=True)).reshape(1, -1, 1, value.shape[-1]))
    return np.concatenate(cells, axis=1)
