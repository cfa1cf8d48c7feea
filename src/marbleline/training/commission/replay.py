"""Commissioning replayed on labelled pictures: what was decided after so many answers, and how rightly.

Whole slabs are parted at random: one half is asked about, as the product would ask, and learnt from; the
other half is only measured on. Nothing is chosen by what was measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.product import RiskTargets
from marbleline.domain.product_heads import component_scores, distances, top_mean
from marbleline.training.commission.ask import Why, next_questions
from marbleline.training.commission.bank import normal_bank
from marbleline.training.commission.estimate import shares_of
from marbleline.training.commission.heads import FittedHeads, HeadsPlan, LabelledSlabs, cross_fit_heads
from marbleline.training.commission.regression import Flags, Values
from marbleline.training.commission.thresholds import enough_good, set_thresholds
from marbleline.training.evaluate.metrics import auroc

CHECKPOINTS: Final = (20, 50, 100, 200)
"""Answers after which the product learns anew, is measured, and asks by what it then knows."""

ALL: Final = -1

PLAN: Final = HeadsPlan()
"""As a product is taught."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a product taught with so many answers did with the slabs that it had not seen.

    ``answers``   how many were given, ``faulty`` of them of faulty slabs; ``order`` in which they were asked
    ``claimed``   escapes and overkill that the answers support, at the targets' confidence
    ``expected``  the same, on average
    ``measured``  pictures of good and faulty slabs that it was measured on
    """

    data: str
    draw: int
    order: str
    answers: int
    given: int
    faulty: int
    auroc: float
    decided: float
    passed: float
    rejected: float
    escapes: float
    overkill: float
    claimed_escapes: float
    claimed_overkill: float
    expected_escapes: float
    expected_overkill: float
    measured_good: int
    measured_faulty: int


def replay(
    data: str,
    labelled: LabelledSlabs,
    draws: int,
    risk: RiskTargets,
    orders: Sequence[str] = ("asked", "random"),
    plan: HeadsPlan = PLAN,
) -> Iterator[Point]:
    """One point for each draw, order and number of answers.

    A draw in which a half has only good or only faulty slabs is left out.
    """
    for draw in range(draws):
        rng = np.random.default_rng([draw, 15])
        pool, rest = halves(labelled.groups, rng)
        if any(len(np.unique(labelled.faulty[side])) < 2 for side in (pool, rest)):
            continue
        taught_from, measured_on = labelled.where(pool), labelled.where(rest)
        for order in orders:
            yield from _draw(data, draw, order, taught_from, measured_on, risk, rng, plan)
        everything = np.arange(len(pool))
        yield from _measure(data, draw, "all", ALL, taught_from, everything, None, measured_on, risk, plan)


def fixed(
    data: str,
    labelled: LabelledSlabs,
    draws: int,
    risk: RiskTargets,
    good: int,
    faulty: int,
    plan: HeadsPlan = PLAN,
) -> Iterator[Point]:
    """As ``replay``, with so many good and faulty answers drawn at random; fewer if the half has no more."""
    for draw in range(draws):
        rng = np.random.default_rng([draw, 16])
        pool, rest = halves(labelled.groups, rng)
        taught_from, measured_on = labelled.where(pool), labelled.where(rest)
        if any(len(np.unique(side.faulty)) < 2 for side in (taught_from, measured_on)):
            continue
        sides = ((~taught_from.faulty, good), (taught_from.faulty, faulty))
        chosen = np.concatenate([rng.permutation(np.flatnonzero(side))[:count] for side, count in sides])
        name = f"{good}+{faulty}"
        yield from _measure(
            data, draw, name, good + faulty, taught_from, chosen, None, measured_on, risk, plan
        )


def halves(groups: NDArray[np.str_], rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the pictures of either half of the slabs, drawn at random."""
    names = rng.permutation(np.unique(groups))
    first = np.isin(groups, names[: len(names) // 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def _draw(
    data: str,
    draw: int,
    order: str,
    pool: LabelledSlabs,
    rest: LabelledSlabs,
    risk: RiskTargets,
    rng: np.random.Generator,
    plan: HeadsPlan,
) -> Iterator[Point]:
    answered: list[int] = []
    reasons: list[str] = []
    strangeness, logits = strangeness_of(pool, rng), None
    for goal in CHECKPOINTS:
        if goal > len(pool.head_inputs):
            return
        flags = np.zeros(len(pool.head_inputs), bool)
        flags[answered] = True
        if order == "asked":
            found = int(pool.faulty[answered].sum())
            questions = next_questions(goal - len(answered), strangeness, logits, flags, found, rng)
            answered += [question.number for question in questions]
            reasons += [question.why for question in questions]
        else:
            drawn = rng.permutation(np.flatnonzero(~flags))[: goal - len(answered)]
            answered += [int(number) for number in drawn]
            reasons += [Why.RANDOM] * len(drawn)
        chosen = np.array(answered)
        yield from _measure(data, draw, order, goal, pool, chosen, reasons, rest, risk, plan)
        if order == "asked" and enough_good(pool.where(chosen)):
            fitted = cross_fit_heads(pool.where(chosen), replace(plan, folds=3))
            strangeness, logits = look(fitted, pool)


def _measure(
    data: str,
    draw: int,
    order: str,
    answers: int,
    pool: LabelledSlabs,
    chosen: NDArray[np.intp],
    reasons: Sequence[str] | None,
    rest: LabelledSlabs,
    risk: RiskTargets,
    plan: HeadsPlan = PLAN,
) -> Iterator[Point]:
    labelled = pool.where(chosen)
    if not enough_good(labelled):
        return
    fitted = cross_fit_heads(labelled, plan)
    asked = np.array(reasons if reasons is not None else [""] * len(chosen))
    thresholds, escapes, overkill = set_thresholds(fitted, labelled, risk, asked)
    anomaly, logits = look(fitted, rest)
    probability = 1 / (1 + np.exp(-np.clip(logits, -15, 15)))
    found = shares_of(probability, anomaly, rest.faulty, thresholds)
    yield Point(
        data=data,
        draw=draw,
        order=order,
        answers=answers,
        given=len(chosen),
        faulty=int(labelled.faulty.sum()),
        auroc=auroc(logits, rest.faulty),
        decided=found.decided(float(rest.faulty.mean())),
        passed=found.passed,
        rejected=found.rejected,
        escapes=found.escapes,
        overkill=found.overkill,
        claimed_escapes=escapes.claimed,
        claimed_overkill=overkill.claimed,
        expected_escapes=escapes.expected,
        expected_overkill=overkill.expected,
        measured_good=int((~rest.faulty).sum()),
        measured_faulty=int(rest.faulty.sum()),
    )


def look(fitted: FittedHeads, labelled: LabelledSlabs) -> tuple[Values, Values]:
    """Strangeness and logit of faulty of each picture."""
    found = np.stack(
        [component_scores(fitted.heads, head_input) for head_input in labelled.head_inputs]
    ).astype(np.float64)
    return found[:, 0], found @ fitted.heads.weights[:-1] + fitted.heads.weights[-1]


def strangeness_of(labelled: LabelledSlabs, rng: np.random.Generator) -> Values:
    """How far each picture lies from what most of them look like; no label is needed.

    The bank is made of other pictures than the one that is compared, and of what many of them support.
    """
    parts = rng.integers(2, size=len(labelled.head_inputs))
    found = np.zeros(len(labelled.head_inputs))
    for part in (0, 1):
        known: Flags = parts != part
        patches = [labelled.head_inputs[int(number)].patches for number in np.flatnonzero(known)]
        bank = normal_bank(patches, HeadsPlan().bank // 2, 0.1, rng).patches
        for number in np.flatnonzero(~known):
            found[number] = top_mean(distances(labelled.head_inputs[int(number)].patches, bank))
    return found
