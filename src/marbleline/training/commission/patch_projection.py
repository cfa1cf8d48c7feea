"""Patches of pictures without a label: projected to directions that vary alike, and how strange they look."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from marbleline.domain.model import Floats
from marbleline.domain.product_features import CHANNELS
from marbleline.domain.product_heads import DIRECTIONS, HeadInput, distances, head_input_of, top_mean
from marbleline.training.arrays import Values
from marbleline.training.commission.backbone import Backbone, CachedOutput
from marbleline.training.commission.bank import normal_bank, patches_of
from marbleline.training.commission.views import PictureView

_EACH: Final = 60
_MOST: Final = 200
"""Patches of each picture, and pictures, that the directions are worked out from."""

_BANK: Final = 500
_TRIMMED: Final = 0.1
"""Patches that watched pictures are compared with, and the share left out for lying far from all others."""


def projection(seen: Sequence[CachedOutput], seed: int = 1) -> Floats:
    """float32 [CHANNELS, DIRECTIONS]: patches along it are uncorrelated and vary alike in all directions.

    Principal components of centred features in units of each channel, whitened; the weakest directions are
    held back a little, since they are mostly noise.
    """
    rng = np.random.default_rng(seed)
    some = [seen[int(number)] for number in np.sort(rng.permutation(len(seen))[:_MOST])]
    drawn = []
    for one in some:
        flat = one.features.reshape(-1, CHANNELS)
        drawn.append(flat[rng.permutation(len(flat))[:_EACH]])
    patches = np.concatenate(drawn).astype(np.float64)
    unit = np.sqrt(np.square(patches).mean(axis=0)) + 1e-3
    values, vectors = np.linalg.eigh(np.cov((patches / unit).T))
    order = np.argsort(values)[::-1][:DIRECTIONS]
    scale = np.sqrt(values[order] + 1e-2 * values.max())
    return (vectors[:, order] / scale / unit[:, None]).astype(np.float32)


def head_inputs_of(seen: Iterable[Sequence[CachedOutput]], project: Floats) -> list[list[HeadInput]]:
    """What the heads read of each picture: of its windows, or of the whole alone."""
    return [[head_input_of(one.output, project) for one in windows] for windows in seen]


def views_of(
    backbone: Backbone, paths: Sequence[Path], project: Floats, views: Sequence[PictureView]
) -> list[list[HeadInput]]:
    """What the heads read of further views of each picture file: view by view all its windows.

    Raises PictureError, OSError.
    """
    found: list[list[HeadInput]] = [[] for _ in paths]
    for view in views:
        for further, windows in zip(found, head_inputs_of(backbone.files(paths, view), project), strict=True):
            further.extend(windows)
    return found


def strangeness_of(watched: Sequence[Sequence[HeadInput]], rng: np.random.Generator) -> Values:
    """How far each picture lies from what most of them look like: float64 [n]; no label is needed.

    Of a picture in windows its strangest window counts. The bank is made of other pictures than the one that
    is compared, and of what many of them support.
    """
    parts = rng.integers(2, size=len(watched))
    found = np.zeros(len(watched))
    for part in (0, 1):
        others = [patches_of(watched[int(number)]) for number in np.flatnonzero(parts != part)]
        bank = normal_bank(others, _BANK, _TRIMMED, rng).patches
        for number in np.flatnonzero(parts == part):
            found[number] = max(top_mean(distances(one.patches, bank)) for one in watched[int(number)])
    return found
