"""What a product was taught: a few arrays on top of the shared backbone, evaluated with numpy.

The backbone is one LiteRT file for all products. What differs from product to product is small, is learnt
without TensorFlow, and runs after the backbone: a bank of normal patches, linear scores of the picture
and on its patches, and how much each of these counts.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from marbleline.domain.model import CLASSES, DEFECTS, Floats
from marbleline.domain.product_features import CHANNELS, pooled
from marbleline.domain.strangest_patch import STRANGEST, strangest_patch
from marbleline.errors import ModelError

HEADS_FILE: Final = "heads.npz"

COMPONENTS: Final = ("distance", "linear", "patch", "base", "base_cells", "base_anomaly")
"""The scores of a picture that are weighed together; the last three are of the version taught from."""

STRONGEST: Final = 0.02
"""Share of a picture's patches whose mean stands for the picture: one odd patch counts, noise does not."""

LEAK: Final = 0.1
"""Share of a negative unit that counts, so that no unit stops to learn."""

DIRECTIONS: Final = 64
"""Numbers that a patch is reduced to: the directions in which patches of the product vary most."""

_TOGETHER: Final = 32
_UPPER: Final = np.triu_indices(_TOGETHER)

DESCRIPTION: Final = 3 * CHANNELS + len(_UPPER[0])
"""Numbers that describe a picture: how far channels vary, and how they vary together, see ``describe``."""

_MOST_LOGIT: Final = 15.0
_SMALL: Final = 1e-6


@dataclass(frozen=True, slots=True)
class ProductHeads:
    """float32 arrays; ``HEADS_FILE`` of a version holds them by these names.

    ``project``  [CHANNELS, DIRECTIONS] from centred features to patches, which vary alike in all directions
    ``bank``     [patches, DIRECTIONS] normal patches
    ``linear``   [DESCRIPTION + 1] weights on the picture's description, and a bias
    ``hidden``   [DIRECTIONS + 1, networks * units] weights of the units of the patch head's networks on a
                 patch, and their biases; the units of a network lie together
    ``patch``    [networks, units + 1] of each network the weights on its rectified units, and a bias
    ``weights``  [COMPONENTS + 1] the weight of each component, and a bias: they give the logit of faulty
    ``cells``    [3] weights of distance and patch head in the logit of a cell of the heat map, and a bias
    ``defects``  [3] logarithms of how common each defect is among the product's labels
    """

    project: Floats
    bank: Floats
    linear: Floats
    hidden: Floats
    patch: Floats
    weights: Floats
    cells: Floats
    defects: Floats

    def __post_init__(self) -> None:
        """Raises ModelError if an array has another shape or holds what is no number."""
        networks = len(self.patch) if self.patch.ndim == 2 else 1
        units = self.hidden.shape[-1] // max(1, networks) if self.hidden.ndim else 0
        shapes = {
            "project": (CHANNELS, DIRECTIONS),
            "bank": (len(self.bank), DIRECTIONS),
            "linear": (DESCRIPTION + 1,),
            "hidden": (DIRECTIONS + 1, networks * units),
            "patch": (max(1, networks), units + 1),
            "weights": (len(COMPONENTS) + 1,),
            "cells": (3,),
            "defects": (len(DEFECTS),),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype != np.float32 or not np.isfinite(array).all():
                raise ModelError(
                    f"{name} is {array.dtype} {list(array.shape)}: need finite float32 {list(shape)}"
                )
        if not len(self.bank):
            raise ModelError("bank is empty: need at least one normal patch")


@dataclass(frozen=True, slots=True)
class BackboneOutput:
    """One picture as the backbone and the version taught from see it.

    ``features``  float32 [rows, columns, CHANNELS], minus their own mean over the picture
    ``scores``    float32 [classes] of the version taught from
    ``base``      its scores: logit of faulty, logit of its strongest cells, its anomaly
    """

    features: Floats
    scores: Floats
    base: Floats


@dataclass(frozen=True, slots=True)
class HeadInput:
    """The backbone's output reduced to what the heads read; the same whatever was learnt of labels.

    ``patches``      float32 [rows * columns, DIRECTIONS]
    ``description``  float32 [DESCRIPTION]
    ``base``         as in ``BackboneOutput``
    """

    patches: Floats
    description: Floats
    base: Floats


def backbone_output_of(outputs: Mapping[str, Floats]) -> BackboneOutput:
    """The backbone's output for one picture, from the outputs of a graph that was extended by the stages."""
    features = pooled(outputs)
    features -= features.mean(axis=(0, 1))
    scores = np.asarray(outputs["scores"][0], np.float32)
    strongest = top_mean(1.0 - outputs["heatmap"][0, :, :, 0].ravel())
    base = [_logit(1.0 - float(scores[0])), _logit(strongest), _logit(float(outputs["anomaly"][0]))]
    return BackboneOutput(features, scores, np.array(base, np.float32))


def head_input_of(output: BackboneOutput, project: Floats) -> HeadInput:
    """What heads with this projection read of an output."""
    flat = output.features.reshape(-1, CHANNELS)
    patches = flat @ project
    return HeadInput(patches, describe(flat, patches), output.base)


def describe(features: Floats, patches: Floats) -> Floats:
    """float32 [DESCRIPTION], from centred features [n, CHANNELS] and patches [n, DIRECTIONS] of a picture.

    How far channels vary: their deviation, and the 4th-power means of what lies above and below the
    picture's mean. How they vary together: the covariance of the first patch directions under signed
    square roots (Lin et al. 2015, "Bilinear CNN models", with one network).
    """
    square = np.square(features)
    deviation = np.sqrt(square.mean(axis=0) + _SMALL)
    fourth = np.square(square)
    above = ((fourth * (features > 0)).mean(axis=0) + _SMALL) ** 0.25
    below = ((fourth * (features < 0)).mean(axis=0) + _SMALL) ** 0.25
    first = patches[:, :_TOGETHER]
    together = (first.T @ first / len(first))[_UPPER]
    signed = np.sign(together) * np.sqrt(np.abs(together))
    return np.concatenate([deviation, above, below, signed], dtype=np.float32)


def distances(patches: Floats, bank: Floats) -> Floats:
    """Euclidean distance of each of the patches [n, channels] to the nearest of the bank [k, channels]."""
    nearest = (0.5 * np.square(bank).sum(axis=1) - patches @ bank.T).min(axis=1)
    squares: Floats = np.maximum(2.0 * nearest + np.square(patches).sum(axis=1), 0.0)
    return np.sqrt(squares)


def rectified(units: Floats) -> Floats:
    """Units of the patch head where they are positive, a little of them elsewhere."""
    found: Floats = np.maximum(units, np.float32(LEAK) * units)
    return found


def strongest_count(patches: int) -> int:
    """How many of so many patches stand for their picture."""
    return max(1, round(patches * STRONGEST))


def top_mean(values: Floats) -> float:
    """Mean of the strongest ``STRONGEST`` of the values, of one of them at least."""
    count = strongest_count(len(values))
    return float(np.partition(values, len(values) - count)[len(values) - count :].mean())


def linear_score(linear: Floats, head_input: HeadInput) -> float:
    """The linear head's logit of a picture; ``linear`` as in ``ProductHeads``."""
    return float(head_input.description @ linear[:-1] + linear[-1])


def patch_logits(hidden: Floats, patch: Floats, patches: Floats) -> Floats:
    """float32 [networks, patches]: each network's logit of each patch; arrays as in ``ProductHeads``."""
    found = np.empty((len(patch), len(patches)), np.float32)
    # One network at a time: all units of all patches would not fit into a core's cache.
    for number, own in enumerate(np.split(hidden, len(patch), axis=1)):
        units = rectified(patches @ own[:-1] + own[-1])
        found[number] = units @ patch[number, :-1] + patch[number, -1]
    return found


def patch_score(logits: Floats) -> float:
    """The patch head's score of a picture, from logits [networks, patches]: the mean over its networks.

    Each network scores a picture by its own strongest patches, as it was trained to.
    """
    return sum(top_mean(own) for own in logits) / len(logits)


def cell_maps(heads: ProductHeads, head_input: HeadInput) -> tuple[Floats, Floats]:
    """Per cell, flat: the distance to the bank [cells], and the patch head's logits [networks, cells]."""
    logits = patch_logits(heads.hidden, heads.patch, head_input.patches)
    return distances(head_input.patches, heads.bank), logits


def cell_scores(heads: ProductHeads, maps: tuple[Floats, Floats]) -> Floats:
    """The logit [cells] that a cell is faulty, from ``cell_maps``."""
    found: Floats = maps[0] * heads.cells[0] + maps[1].mean(axis=0) * heads.cells[1] + heads.cells[2]
    return found


def component_scores(
    heads: ProductHeads, head_input: HeadInput, maps: tuple[Floats, Floats] | None = None
) -> Floats:
    """The scores ``COMPONENTS`` of one picture, float32 [components]."""
    distance, patch = maps or cell_maps(heads, head_input)
    own = [top_mean(distance), linear_score(heads.linear, head_input), patch_score(patch)]
    return np.concatenate([np.array(own, np.float32), head_input.base])


def judge(heads: ProductHeads, outputs: Mapping[str, Floats]) -> dict[str, Floats]:
    """scores [1, classes], anomaly [1], heatmap [1, rows, columns, classes] and strangest [1, NUMBERS].

    Of one picture. The anomaly is the distance of the strangest patches to the bank.
    """
    output = backbone_output_of(outputs)
    head_input = head_input_of(output, heads.project)
    maps = cell_maps(heads, head_input)
    found = component_scores(heads, head_input, maps)
    logit = float(found @ heads.weights[:-1] + heads.weights[-1])
    defects = _shares(np.log(np.maximum(output.scores[1:], _SMALL)) + heads.defects)
    logits = cell_scores(heads, maps)
    rows, columns = output.features.shape[:2]
    strangest = strangest_patch(head_input.patches, heads.bank, int(logits.argmax()), (rows, columns))
    return {
        "scores": _with_defects(_sigmoid(np.array([logit], np.float32)), defects),
        "anomaly": found[:1].copy(),
        "heatmap": _with_defects(_sigmoid(logits), defects).reshape(1, rows, columns, len(CLASSES)),
        STRANGEST: strangest.to_floats()[np.newaxis],
    }


def to_bytes(heads: ProductHeads) -> bytes:
    """The content of ``HEADS_FILE``."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{field.name: getattr(heads, field.name) for field in fields(heads)})
    return buffer.getvalue()


def from_bytes(content: bytes, where: str) -> ProductHeads:
    """The inverse of ``to_bytes``; ``where`` names the file in errors. Raises ModelError."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            found = dict(file)
            if "hidden" not in found:
                found["hidden"], found["patch"] = _as_units(found["patch"])
            found["patch"] = np.atleast_2d(found["patch"])  # versions had one network at first
            return ProductHeads(**{field.name: found[field.name] for field in fields(ProductHeads)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, ModelError) as error:
        raise ModelError(f"{where}: holds no heads of a product: {error}") from error


def _as_units(weights: Floats) -> tuple[Floats, Floats]:
    """``hidden`` and ``patch`` that are a linear patch head [DIRECTIONS + 1], as versions had at first."""
    signs = np.array([1.0, -1.0], np.float32)
    return weights[:, None] * signs, np.append(signs / np.float32(1.0 + LEAK), np.float32(0.0))


def _with_defects(faulty: Floats, defects: Floats) -> Floats:
    """[n, classes] from the probability of faulty [n] and the shares of the defects [3]."""
    return np.concatenate([(1.0 - faulty)[:, None], faulty[:, None] * defects], axis=1, dtype=np.float32)


def _shares(logs: Floats) -> Floats:
    powers = np.exp(logs - logs.max())
    return np.asarray(powers / powers.sum(), np.float32)


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -_MOST_LOGIT, _MOST_LOGIT))), np.float32)


def _logit(probability: float) -> float:
    inside = min(max(probability, _SMALL), 1.0 - _SMALL)
    return float(np.log(inside / (1.0 - inside)))
