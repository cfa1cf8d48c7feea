"""``parameters.npz`` beside a version: all it learnt, as plain arrays, for the next version to start from.

SavedModel and LiteRT file hold the same numbers as constants of a graph, out of reach for training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from marbleline.domain.model import Floats
from marbleline.errors import ModelError
from marbleline.training.model.domain_head import DomainHead
from marbleline.training.model.network import Ensemble, Judge, head
from marbleline.training.model.normality import Normality
from marbleline.training.model.tensors import Scales, Texture

PARAMETERS_FILE = "parameters.npz"

Weights = Mapping[str, Floats]


@dataclass(frozen=True)
class Parameters:
    """All that a version learnt, but for the backbone, which is ImageNet's.

    ``heads``: of each head, weight's name -> values. ``project``: the directions of the domain head's
    description. ``more_good`` [k, d]: prototypes of good stone learnt from labels, beside ``normality``'s.
    """

    scales: Scales
    heads: tuple[Weights, ...]
    texture: Texture
    normality: Normality
    project: Floats
    more_good: Floats
    domain_head: DomainHead | None = None


def weights_of(model: Any) -> Weights:
    """A head's weights by name."""
    return {
        f"{layer.name}.{number}": values
        for layer in model.layers
        for number, values in enumerate(layer.get_weights())
    }


def ensemble_of(parameters: Parameters) -> Ensemble:
    """The heads with their weights in place. Raises ModelError if they are another network's."""
    return Ensemble([_head(parameters.scales, one) for one in parameters.heads], parameters.texture)


def judge_of(parameters: Parameters, features: Any) -> Judge:
    """The whole network on a backbone. Raises ModelError."""
    known = parameters.normality
    prototypes = np.concatenate([known.prototypes, parameters.more_good])
    normality = replace(known, prototypes=prototypes)
    return Judge(features, ensemble_of(parameters), normality, parameters.domain_head)


def _head(scales: Scales, weights: Weights) -> Any:
    model = head(scales, dropout=0.0)
    for layer in model.layers:
        count = len(layer.get_weights())
        try:
            layer.set_weights([weights[f"{layer.name}.{number}"] for number in range(count)])
        except (KeyError, ValueError) as error:
            raise ModelError(f"{PARAMETERS_FILE}: layer {layer.name} doesn't fit: {error}") from error
    return model


def save_parameters(folder: Path, parameters: Parameters) -> None:
    """Write ``parameters.npz`` into a version's folder."""
    scales, special = parameters.scales, parameters.domain_head
    arrays: dict[str, Any] = {
        "scales/fine": scales.fine,
        "scales/coarse": scales.coarse,
        "scales/fine_level": np.stack(scales.fine_level),
        "scales/coarse_level": np.stack(scales.coarse_level),
        "texture/weights": parameters.texture.weights,
        "texture/bias": parameters.texture.bias,
        "project": parameters.project,
        "more_good": parameters.more_good,
    }
    arrays |= {f"normality/{name}": getattr(parameters.normality, name) for name in _fields(Normality)}
    if special is not None:
        arrays |= {f"domain_head/{name}": getattr(special, name) for name in _fields(DomainHead)}
    for number, weights in enumerate(parameters.heads):
        arrays |= {f"head/{number}/{name}": values for name, values in weights.items()}
    np.savez_compressed(folder / PARAMETERS_FILE, **arrays)


def load_parameters(folder: Path) -> Parameters:
    """Read a version's parameters. Raises ModelError if they are missing or damaged."""
    path = folder / PARAMETERS_FILE
    try:
        with np.load(path, allow_pickle=False) as file:
            return _from(dict(file))
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: is missing, so no training can start from this version; take one that has it"
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error


def _from(arrays: Mapping[str, Any]) -> Parameters:
    def pair(name: str) -> tuple[Floats, Floats]:
        return arrays[name][0], arrays[name][1]

    def part(kind: type, prefix: str, numbers: Sequence[str]) -> Any:
        found = {name: arrays[f"{prefix}/{name}"] for name in _fields(kind)}
        return kind(**{name: float(one) if name in numbers else one for name, one in found.items()})

    heads: dict[str, dict[str, Floats]] = {}
    for name, values in arrays.items():
        if name.startswith("head/"):
            _, number, weight = name.split("/")
            heads.setdefault(number, {})[weight] = values
    return Parameters(
        scales=Scales(
            arrays["scales/fine"],
            arrays["scales/coarse"],
            pair("scales/fine_level"),
            pair("scales/coarse_level"),
        ),
        heads=tuple(heads[number] for number in sorted(heads, key=int)),
        texture=part(Texture, "texture", ("bias",)),
        normality=part(Normality, "normality", ("middle", "steepness")),
        project=arrays["project"],
        more_good=arrays["more_good"],
        domain_head=part(DomainHead, "domain_head", ("bias", "gate_bias"))
        if "domain_head/bias" in arrays
        else None,
    )


def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(kind.__dataclass_fields__)
