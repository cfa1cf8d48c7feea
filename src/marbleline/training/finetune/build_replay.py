"""Builds the replay set (training pictures) and the golden set (fixed test pictures) of a version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import CLASSES, Floats
from marbleline.domain.picture import fit
from marbleline.synthetic import STONES, draw
from marbleline.training.data.dataset import Sample, load_picture
from marbleline.training.finetune.feature_extractor import FeatureExtractor, LabelledImage
from marbleline.training.finetune.replay_set import GOLDEN_FILE, REPLAY_FILE, ReplaySet, joined, save_replay
from marbleline.training.model.domain_head import projection
from marbleline.training.model.parameters import Parameters

REPLAY_SEED, GOLDEN_SEED = 50_000_000, 60_000_000
"""Drawn slabs of their own, far from those of training, thresholds and evaluation."""

REPLAY_SLABS, GOLDEN_SLABS = 160, 120

Sets = Mapping[str, Sequence[Sample]]


def directions(features: Any, sets: Sets, spec: InputSpec, most: int = 300) -> Floats:
    """The domain head's directions [112, 32], from training pictures of the first set with two kinds."""
    found = list(two_kinds(sets, "train").values())
    if not found:
        return projection(_coarse(features, [draw(REPLAY_SEED + n).rgb for n in range(40)], spec))
    chosen = max(found, key=len)[:most]
    return projection(_coarse(features, (load_picture(sample) for sample in chosen), spec))


def build_replay(
    folder: Path, features: Any, parameters: Parameters, sets: Sets, spec: InputSpec, scale: float = 1.0
) -> None:
    """Write ``replay.npz`` and ``golden.npz`` into a version's folder; ``scale``: share of drawn slabs."""
    extractor = FeatureExtractor(features, parameters)
    save_replay(folder / REPLAY_FILE, replay_set(extractor, sets, spec, scale))
    save_replay(folder / GOLDEN_FILE, golden_set(extractor, sets, spec, scale))


def replay_set(extractor: FeatureExtractor, sets: Sets, spec: InputSpec, scale: float = 1.0) -> ReplaySet:
    """Training pictures as they are, of the sets that have good and faulty ones, and drawn slabs."""
    return _build_replay(extractor, two_kinds(sets, "train"), spec, REPLAY_SEED, _slabs(REPLAY_SLABS, scale))


def golden_set(extractor: FeatureExtractor, sets: Sets, spec: InputSpec, scale: float = 1.0) -> ReplaySet:
    """Validation pictures and other drawn slabs: none was trained on."""
    return _build_replay(extractor, two_kinds(sets, "val"), spec, GOLDEN_SEED, _slabs(GOLDEN_SLABS, scale))


def _slabs(usual: int, scale: float) -> int:
    return max(2 * len(CLASSES), round(usual * min(1.0, scale)))


def _build_replay(
    extractor: FeatureExtractor, sets: Sets, spec: InputSpec, seed: int, slabs: int
) -> ReplaySet:
    parts = [extractor.extract(_real(name, samples, spec)) for name, samples in sets.items()]
    return joined([*parts, extractor.extract(_drawn(seed, slabs, spec))])


def two_kinds(sets: Sets, split: str) -> dict[str, list[Sample]]:
    """The sure pictures of a split, of the sets that have good and faulty ones there."""
    known = {
        name: [s for s in samples if s.split == split and s.meaning != "unsure"]
        for name, samples in sets.items()
    }
    return {name: found for name, found in known.items() if len({s.meaning == "good" for s in found}) == 2}


def _real(name: str, samples: Iterable[Sample], spec: InputSpec) -> Iterator[LabelledImage]:
    for sample in samples:
        yield LabelledImage(
            fit(load_picture(sample), spec), sample.meaning, sample.group, name, sample.sha256
        )


def _drawn(seed: int, count: int, spec: InputSpec) -> Iterator[LabelledImage]:
    stones = list(STONES)
    for number in range(count):
        label, stone = CLASSES[number % len(CLASSES)], stones[number // len(CLASSES) % len(stones)]
        image = fit(draw(seed + number, stone=stone, label=label).rgb, spec)
        yield LabelledImage(image, label, f"drawn {number}", "drawn")


def _coarse(features: Any, pictures: Iterable[Any], spec: InputSpec) -> Any:
    cells = []
    for rgb in pictures:
        _, coarse = features(fit(rgb, spec)[None].astype(np.float32), training=False)
        value = np.asarray(coarse)
        cells.append((value - value.mean(axis=(1, 2), keepdims=True)).reshape(1, -1, 1, value.shape[-1]))
    return np.concatenate(cells, axis=1)
