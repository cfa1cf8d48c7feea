"""The bank of normal patches: what a good slab of the product looks like, patch by patch.

The distance to the nearest patch of good pictures is the anomaly score of PatchCore (Roth et al. 2022,
"Towards total recall in industrial anomaly detection"). Patches that no other picture supports are left out,
so that a faulty slab among the good ones does not teach its defect as normal (after Jiang et al. 2022,
"SoftPatch").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Floats
from marbleline.domain.product_heads import HeadInput, distances

_CANDIDATES = 3
"""How many patches are looked at for each that is kept."""


@dataclass(frozen=True, slots=True)
class NormalBank:
    """Normal patches, and where each was seen.

    ``patches``   float32 [patches, channels]
    ``pictures``  [patches] the number of the picture that each is of
    ``places``    [patches] its place among the patches of that picture
    """

    patches: Floats
    pictures: NDArray[np.intp]
    places: NDArray[np.intp]


def normal_bank(
    pictures: Sequence[Floats], size: int, trimmed: float, rng: np.random.Generator
) -> NormalBank:
    """At most ``size`` patches of good pictures, each [patches, channels].

    Of candidates drawn evenly from all pictures, the share ``trimmed`` that lies farthest from every other
    picture is left out; then the farthest from what is chosen is chosen next, until there are enough.
    """
    each = max(1, -(-size * _CANDIDATES // len(pictures)))
    drawn_places = [rng.permutation(len(picture))[:each] for picture in pictures]
    drawn = [picture[places] for picture, places in zip(pictures, drawn_places, strict=True)]
    candidates, places = np.concatenate(drawn), np.concatenate(drawn_places)
    sources = np.repeat(np.arange(len(drawn)), [len(one) for one in drawn])
    if len(pictures) > 1:
        support = _distance_to_others(drawn)
        supported = support <= np.quantile(support, 1.0 - trimmed)
        candidates, sources, places = candidates[supported], sources[supported], places[supported]
    chosen = _farthest_first(candidates, min(size, len(candidates)), rng)
    return NormalBank(candidates[chosen], sources[chosen], places[chosen])


def patches_of(windows: Sequence[HeadInput]) -> Floats:
    """The patches of a picture, float32 [patches, channels]: those of its windows one after the other."""
    return windows[0].patches if len(windows) == 1 else np.concatenate([one.patches for one in windows])


def _distance_to_others(drawn: Sequence[Floats]) -> Floats:
    """Of each candidate the distance to the nearest candidate of another picture."""
    everything = np.concatenate(drawn)
    starts = np.cumsum([0, *map(len, drawn)])
    parts = []
    for number, own in enumerate(drawn):
        others = np.delete(everything, slice(starts[number], starts[number + 1]), axis=0)
        parts.append(distances(own, others))
    return np.concatenate(parts)


def _farthest_first(points: Floats, count: int, rng: np.random.Generator) -> list[int]:
    """Indices of a greedy k-centre choice (Gonzalez 1985), in few dimensions by a random projection."""
    low = points @ rng.standard_normal((points.shape[1], 32)).astype(np.float32)
    size = np.square(low).sum(axis=1)
    chosen = [int(rng.integers(len(low)))]
    nearest = size - 2 * low @ low[chosen[0]] + size[chosen[0]]
    while len(chosen) < count:
        one = int(nearest.argmax())
        chosen.append(one)
        np.minimum(nearest, size - 2 * low @ low[one] + size[one], out=nearest)
    return chosen
