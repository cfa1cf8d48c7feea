"""Fits a product's heads to labelled pictures, and says what heads that saw nothing of a slab say of it."""

from collections.abc import Sequence
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
    distances,
    linear_score,
    patch_logits,
    patch_score,
    top_mean,
)
from marbleline.training.arrays import Flags, Values
from marbleline.training.commission.bank import NormalBank, normal_bank, patches_of
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.learnt_windows import learnt_windows
from marbleline.training.commission.patch_network import NetworkPlan, fit_patch_network
from marbleline.training.commission.regression import (
    balanced,
    fit_logistic,
    fit_non_negative,
    folded,
    standardised,
)
from marbleline.training.commission.views import further_views
from marbleline.training.data.folds import folds_of
from marbleline.training.progress import OnProgress

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class HeadsPlan:
    """How heads are fitted.

    ``bank``     patches in the bank: more take longer on every frame
    ``trimmed``  share of the candidates of the bank that is left out for lying far from all others
    ``network``  how a network of the patch head is trained
    ``linear``, ``weights``  penalties on the weights of each regression
    ``folds``, ``turns``  slabs are parted into so many folds, so many times in another way: each fold of
    each turn has heads that are fitted without it, and the version has the mean of all of them
    """

    bank: int = 1000
    trimmed: float = 0.01
    network: NetworkPlan = field(default_factory=NetworkPlan)
    linear: float = 100.0
    weights: float = 10.0
    folds: int = 5
    turns: int = 4
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FittedHeads:
    """``heads``, and what those of them that saw no picture of its slab say of each picture.

    ``found`` float32 [n, components] are component scores, ``held_out`` float64 [n] the logit of faulty. Of a
    picture in windows they are those of the window with the highest logit, and the distance is the highest of
    all windows, as in a verdict (``domain.windows.fold_windows``).
    All figures on the answers rest on these. The weights of the components alone know every picture.
    ``normal`` says where the patches of the bank were seen, None of heads that were read from a file.
    """

    heads: ProductHeads
    found: Floats
    held_out: Values
    normal: NormalBank | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A linear head [DESCRIPTION + 1] and a network ([DIRECTIONS + 1, units], [units + 1]) of some slabs."""

    linear: Floats
    hidden: Floats
    patch: Floats

    def scores(self, head_input: HeadInput) -> tuple[float, float]:
        """Of the linear and of the patch head."""
        logits = patch_logits(self.hidden, self.patch[None], head_input.patches)
        return linear_score(self.linear, head_input), patch_score(logits)


def cross_fit_heads(
    labelled: LabelledSlabs, plan: HeadsPlan, on_progress: OnProgress = lambda _: None
) -> FittedHeads:
    """Heads that are the mean of members, each fitted to all slabs but those of one fold.

    A picture is held out from some members of each turn, and they say what is held out of it: so it is
    judged by the mean of fewer members of the same kind (out-of-bag: Breiman 1996; Kim, Xu and Barber
    2020, "Predictive inference is free with the jackknife+-after-bootstrap").
    """
    usual = len(further_views(len(labelled.all_windows)))
    labelled = replace(
        labelled,
        views=[
            further[: usual * len(windows)]
            for further, windows in zip(labelled.views, labelled.windows, strict=False)
        ],
    )
    rng = np.random.default_rng(plan.seed)
    bank, strangeness = _bank(labelled, plan, rng)
    found = np.zeros((len(labelled.all_windows), len(COMPONENTS)), np.float32)
    found[:, 0] = strangeness
    found[:, 3:] = [head_input.base for head_input in labelled.all_windows]
    learnt = learnt_windows(labelled, strangeness, plan.seed)
    members = []
    for turn in range(plan.turns):
        folds = folds_of(labelled.groups, plan.folds, turn)
        parts = np.unique(folds)
        for done, part in enumerate(parts, start=1 + turn * len(parts)):
            on_progress(f"holding out slabs, part {done} of {plan.turns * len(parts)}")
            out = folds == part
            member = fit_member(
                labelled.where(~out),
                plan,
                np.random.default_rng([plan.seed, done]),
                [learnt[int(number)] for number in np.flatnonzero(~out)],
            )
            members.append(member)
            for place in np.flatnonzero(out[labelled.pictures]):
                found[place, 1:3] += np.array(member.scores(labelled.all_windows[int(place)])) / plan.turns
    on_progress("all slabs together")
    heads = _heads(members, labelled, bank.patches, rng)
    weights = _weigh(found, labelled, plan)
    logits = found.astype(np.float64) @ weights[:-1] + weights[-1]
    deciding = labelled.highest(logits)
    shown = found[deciding]
    shown[:, 0] = found[labelled.highest(found[:, 0]), 0]
    return FittedHeads(replace(heads, weights=weights), shown, logits[deciding], bank)


def fit_member(
    labelled: LabelledSlabs,
    plan: HeadsPlan,
    rng: np.random.Generator,
    learnt: Sequence[Sequence[int]] | None = None,
) -> Member:
    """Linear head and network of all these pictures; all zeros without good or without faulty ones.

    ``learnt``: which windows of each to learn from; None: from all.
    """
    views = labelled.all_views(learnt)
    bags = [[view.patches for view in picture] for picture in views]
    hidden, patch = fit_patch_network(bags, labelled.faulty, plan.network, rng)
    return Member(_linear(views, labelled.faulty, plan), hidden, patch)


def _bank(labelled: LabelledSlabs, plan: HeadsPlan, rng: np.random.Generator) -> tuple[NormalBank, Floats]:
    """The bank of normal patches, and each window's distance to those of it that are of other slabs."""
    good = np.flatnonzero(~labelled.faulty)
    patches = [patches_of(labelled.windows[int(number)]) for number in good]
    bank = normal_bank(patches, plan.bank, plan.trimmed, rng)
    slabs = labelled.groups[good]
    found = np.zeros(len(labelled.all_windows), np.float32)
    of_window = labelled.groups[labelled.pictures]
    for slab in np.unique(labelled.groups):
        others = bank.patches[slabs[bank.pictures] != slab]
        if not len(others):  # all that is kept is of this slab: what others have, untrimmed
            theirs = [patches[int(number)] for number in np.flatnonzero(slabs != slab)]
            others = normal_bank(theirs, plan.bank, 0.0, rng).patches
        for place in np.flatnonzero(of_window == slab):
            found[place] = top_mean(distances(labelled.all_windows[int(place)].patches, others))
    return replace(bank, pictures=good[bank.pictures]), found


def _heads(
    members: Sequence[Member], labelled: LabelledSlabs, bank: Floats, rng: np.random.Generator
) -> ProductHeads:
    """The mean of the members that had good and faulty pictures to learn from, not weighed yet."""
    good = [one for number in np.flatnonzero(~labelled.faulty) for one in labelled.windows[int(number)]]
    # One that learnt nothing is kept where there is no other.
    learnt = [member for member in members if member.patch.any()] or list(members[:1])
    heads = ProductHeads(
        project=labelled.project,
        bank=bank,
        linear=np.mean([member.linear for member in learnt], axis=0).astype(np.float32),
        hidden=np.concatenate([member.hidden for member in learnt], axis=1),
        patch=np.stack([member.patch for member in learnt]),
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
    distance = np.concatenate([one for one, _ in maps])
    patch = np.concatenate([logits.mean(axis=0) for _, logits in maps])
    slopes = np.array([1.0 / max(float(one.std()), 1e-3) for one in (distance, patch)], np.float32)
    limit = float(np.quantile(distance * slopes[0] + patch * slopes[1], 0.998))
    return np.append(slopes, -limit).astype(np.float32)


def _weigh(found: Floats, labelled: LabelledSlabs, plan: HeadsPlan) -> Floats:
    """Weights by logistic regression on component scores [windows] of heads that had not seen the slab.

    Stacking (Wolpert 1992, "Stacked generalization"), with no weight below zero (Breiman 1996, "Stacked
    regressions"). A picture counts by the window that decides it, which depends on the weights: both are
    worked out in turn until they agree.
    """
    deciding = labelled.highest(standardised(found)[0].sum(axis=1))
    for _ in range(_ROUNDS):
        weights = _fit_weights(found[deciding], labelled.faulty, plan)
        before, deciding = deciding, labelled.highest(found @ weights[:-1])
        if (before == deciding).all():
            break
    return weights


def _fit_weights(found: Floats, faulty: Flags, plan: HeadsPlan) -> Floats:
    """Of one row of component scores for each picture. Without faulty pictures: the distance alone."""
    inputs, mean, deviation = standardised(found)
    if faulty.any() and not faulty.all():
        return folded(fit_non_negative(inputs, faulty, balanced(faulty), plan.weights), mean, deviation)
    alone = np.zeros(len(COMPONENTS) + 1)
    alone[0] = 1.0
    return folded(alone, mean, deviation)


def _defects(meanings: NDArray[np.str_]) -> Floats:
    counts = np.array([1 + (meanings == name).sum() for name in DEFECTS], np.float64)
    return np.log(counts / counts.sum()).astype(np.float32)
