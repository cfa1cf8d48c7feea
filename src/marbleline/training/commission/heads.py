"""Fits a product's heads to labelled pictures, and says what heads that saw nothing of a slab say of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import DEFECTS, Floats
from marbleline.domain.product_heads import (
    COMPONENTS,
    DESCRIPTION,
    HeadInput,
    ProductHeads,
    cell_maps,
    component_scores,
)
from marbleline.training.commission.bank import normal_bank
from marbleline.training.commission.patch_network import NetworkPlan, fit_patch_network
from marbleline.training.commission.regression import (
    Flags,
    Values,
    balanced,
    fit_logistic,
    folded,
    standardised,
)
from marbleline.training.commission.views import further_views
from marbleline.training.data.folds import folds_of

OnProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HeadsPlan:
    """How heads are fitted.

    ``bank``     patches in the bank: more take longer on every frame
    ``trimmed``  share of the candidates of the bank that is left out for lying far from all others
    ``network``  how the patch head is trained
    ``linear``, ``weights``  penalties on the weights of each regression
    """

    bank: int = 1000
    trimmed: float = 0.01
    network: NetworkPlan = field(default_factory=NetworkPlan)
    linear: float = 100.0
    weights: float = 10.0
    folds: int = 5
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FittedHeads:
    """``heads`` of all pictures; what heads that saw no picture of its slab say of each picture.

    ``found`` float32 [n, components] are component scores, ``held_out`` float64 [n] the logit of faulty.
    All figures on the answers rest on these.
    """

    heads: ProductHeads
    found: Floats
    held_out: Values


@dataclass(frozen=True, slots=True)
class LabelledSlabs:
    """Labelled pictures: what was seen of each, whether it is faulty, its slab and its defect's class.

    ``project`` is the projection that the head inputs were made with. ``views`` has further views of each
    picture, or is empty: heads learn from them, and no figure rests on them.
    """

    project: Floats
    head_inputs: Sequence[HeadInput]
    faulty: Flags
    groups: NDArray[np.str_]
    meanings: NDArray[np.str_]
    views: Sequence[Sequence[HeadInput]] = ()

    def where(self, chosen: Flags | NDArray[np.intp]) -> "LabelledSlabs":
        """Those pictures only."""
        numbers = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        head_inputs = [self.head_inputs[int(number)] for number in numbers]
        return LabelledSlabs(
            self.project,
            head_inputs,
            self.faulty[numbers],
            self.groups[numbers],
            self.meanings[numbers],
            [self.views[int(number)] for number in numbers] if self.views else (),
        )

    def all_views(self) -> list[list[HeadInput]]:
        """Of each picture the plain view, then the further ones."""
        further = self.views or [()] * len(self.head_inputs)
        return [[plain, *more] for plain, more in zip(self.head_inputs, further, strict=True)]


def cross_fit_heads(
    labelled: LabelledSlabs, plan: HeadsPlan, on_progress: OnProgress = lambda _: None
) -> FittedHeads:
    """Fit heads to all pictures, and to all but each part of the slabs in turn."""
    usual = len(further_views(len(labelled.head_inputs)))
    labelled = replace(labelled, views=[further[:usual] for further in labelled.views])
    folds = folds_of(labelled.groups, plan.folds)
    found = np.zeros((len(labelled.head_inputs), len(COMPONENTS)), np.float32)
    parts = np.unique(folds)
    for done, part in enumerate(parts, start=1):
        on_progress(f"holding out slabs, part {done} of {len(parts)}")
        out = folds == part
        heads = fit_heads(labelled.where(~out), plan)
        for number in np.flatnonzero(out):
            found[number] = component_scores(heads, labelled.head_inputs[int(number)])
    held_out = np.zeros(len(labelled.head_inputs))
    for part in parts:
        out = folds == part
        weights = _weigh(found[~out], labelled.faulty[~out], plan)
        held_out[out] = found[out] @ weights[:-1] + weights[-1]
    on_progress("all slabs together")
    heads = replace(fit_heads(labelled, plan), weights=_weigh(found, labelled.faulty, plan))
    return FittedHeads(heads, found, held_out)


def fit_heads(labelled: LabelledSlabs, plan: HeadsPlan) -> ProductHeads:
    """Heads of all these pictures, not weighed together yet."""
    rng = np.random.default_rng(plan.seed)
    sides = zip(labelled.head_inputs, labelled.faulty, strict=True)
    good = [head_input for head_input, faulty in sides if not faulty]
    views = labelled.all_views()
    bags = [[view.patches for view in picture] for picture in views]
    hidden, patch = fit_patch_network(bags, labelled.faulty, plan.network, rng)
    bank = normal_bank([head_input.patches for head_input in good], plan.bank, plan.trimmed, rng)
    heads = ProductHeads(
        project=labelled.project,
        bank=bank,
        linear=_linear(views, labelled.faulty, plan),
        hidden=hidden,
        patch=patch,
        weights=np.zeros(len(COMPONENTS) + 1, np.float32),
        cells=np.zeros(3, np.float32),
        defects=_defects(labelled.meanings),
    )
    return replace(heads, cells=_cells(heads, good, rng))


def _linear(views: Sequence[Sequence[HeadInput]], faulty: Flags, plan: HeadsPlan) -> Floats:
    if faulty.all() or not faulty.any():
        return np.zeros(DESCRIPTION + 1, np.float32)
    descriptions = np.stack([view.description for picture in views for view in picture])
    inputs, mean, deviation = standardised(descriptions)
    counts = [len(picture) for picture in views]
    sides = np.repeat(faulty, counts)
    # A picture counts once, however many views there are of it.
    weights = np.repeat(balanced(faulty) / counts, counts)
    return folded(fit_logistic(inputs, sides, weights, plan.linear), mean, deviation)


def _cells(heads: ProductHeads, good: Sequence[HeadInput], rng: np.random.Generator) -> Floats:
    """A cell is as likely as not faulty where one in 500 normal cells is: both maps in units of good ones."""
    some = [good[number] for number in rng.permutation(len(good))[:20]]
    maps = [cell_maps(heads, head_input) for head_input in some]
    distance, patch = (np.concatenate([one[side] for one in maps]) for side in (0, 1))
    slopes = np.array([1.0 / max(float(one.std()), 1e-3) for one in (distance, patch)], np.float32)
    limit = float(np.quantile(distance * slopes[0] + patch * slopes[1], 0.998))
    return np.append(slopes, -limit).astype(np.float32)


def _weigh(found: Floats, faulty: Flags, plan: HeadsPlan) -> Floats:
    """Weights by logistic regression on component scores of heads that had not seen the slab.

    Stacking (Wolpert 1992, "Stacked generalization"). Without faulty pictures: the distance alone.
    """
    inputs, mean, deviation = standardised(found)
    if faulty.any() and not faulty.all():
        return folded(fit_logistic(inputs, faulty, balanced(faulty), plan.weights), mean, deviation)
    alone = np.zeros(len(COMPONENTS) + 1)
    alone[0] = 1.0
    return folded(alone, mean, deviation)


def _defects(meanings: NDArray[np.str_]) -> Floats:
    counts = np.array([1 + (meanings == name).sum() for name in DEFECTS], np.float64)
    return np.log(counts / counts.sum()).astype(np.float32)
