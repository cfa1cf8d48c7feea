"""Commissioning replayed on labelled pictures: what was decided after so many answers, and how rightly.

Whole slabs are parted at random: one half is asked about, as the product would ask, and learnt from; the
other half is only measured on. Nothing is chosen by what was measured.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.product import RiskTargets
from marbleline.domain.product_heads import component_scores
from marbleline.training.arrays import Flags, Values
from marbleline.training.commission.ask import Why, next_questions
from marbleline.training.commission.estimate import shares_of
from marbleline.training.commission.heads import FittedHeads, HeadsPlan, cross_fit_heads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.patch_projection import strangeness_of
from marbleline.training.commission.thresholds import enough_good, set_thresholds
from marbleline.training.evaluate.metrics import auroc

CHECKPOINTS: Final = (20, 50, 100, 200)
"""Answers after which the product learns anew, is measured, and asks by what it then knows."""

ORDERS: Final = ("asked", "random")
"""In which order the answers come: as the product asks, or at random."""

ALL: Final = -1

PLAN: Final = HeadsPlan()
"""As a product is taught."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a product taught with so many answers did with the slabs that it had not seen.

    ``answers``   the checkpoint; ``given`` were there, ``faulty`` of them of faulty slabs
    ``order``     in which they were asked
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
    draws: Iterable[int],
    risk: RiskTargets,
    orders: Sequence[str] = ORDERS,
    plan: HeadsPlan = PLAN,
    prevalence: float | None = None,
) -> Iterator[Point]:
    """One point for each draw, order and number of answers, and one for all answers of the half.

    Both orders ask about the same half and are measured on the same other half. ``prevalence``: faulty
    pictures of the half that is asked about are left out at random until this share of it is faulty, and
    the share decided is worked out for it. A draw in which a half has only good or only faulty slabs is
    left out.
    """
    for draw in draws:
        rng = np.random.default_rng([draw, 15])
        pool, rest = halves(labelled.groups, rng)
        if prevalence is not None:
            pool = thinned(pool, labelled.faulty, prevalence, rng)
        if any(len(np.unique(labelled.faulty[side])) < 2 for side in (pool, rest)):
            continue
        made = _Draw(data, draw, labelled.where(pool), labelled.where(rest), risk, plan, prevalence)
        for order in orders:
            # Of its own seed: so the random answers stay the same, however the product asks.
            own = rng if order == "asked" else np.random.default_rng([draw, 15, 1])
            yield from made.in_order(order, own)
        yield from made.at_once("all", ALL, made.pool)


def fixed(
    data: str,
    labelled: LabelledSlabs,
    draws: Iterable[int],
    risk: RiskTargets,
    good: int,
    faulty: int,
    plan: HeadsPlan = PLAN,
) -> Iterator[Point]:
    """As ``replay``, with so many good and faulty answers drawn at random; fewer if the half has no more."""
    for draw in draws:
        rng = np.random.default_rng([draw, 16])
        pool, rest = halves(labelled.groups, rng)
        made = _Draw(data, draw, labelled.where(pool), labelled.where(rest), risk, plan)
        if any(len(np.unique(side.faulty)) < 2 for side in (made.pool, made.rest)):
            continue
        chosen = fixed_answers(made.pool.faulty, good, faulty, rng)
        yield from made.at_once(f"{good}+{faulty}", good + faulty, made.pool.where(chosen))


def fixed_answers(faulty: Flags, good: int, wanted: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Numbers of so many good and so many ``wanted`` faulty pictures, drawn at random, or all there are."""
    sides = ((~faulty, good), (faulty, wanted))
    return np.concatenate([rng.permutation(np.flatnonzero(side))[:count] for side, count in sides])


def halves(groups: NDArray[np.str_], rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the pictures of either half of the slabs, drawn at random."""
    names = rng.permutation(np.unique(groups))
    first = np.isin(groups, names[: len(names) // 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def thinned(
    pool: NDArray[np.intp], faulty: Flags, prevalence: float, rng: np.random.Generator
) -> NDArray[np.intp]:
    """All good pictures of the pool, and faulty ones until they are this share, or all of them."""
    good, others = pool[~faulty[pool]], pool[faulty[pool]]
    wanted = max(1, round(prevalence / (1 - prevalence) * len(good)))
    return np.sort(np.append(good, rng.permutation(others)[:wanted]))


@dataclass(frozen=True, slots=True)
class _Draw:
    """The slabs of a draw: ``pool`` is asked about and learnt from, ``rest`` is only measured on."""

    data: str
    draw: int
    pool: LabelledSlabs
    rest: LabelledSlabs
    risk: RiskTargets
    plan: HeadsPlan
    prevalence: float | None = None

    def in_order(self, order: str, rng: np.random.Generator) -> Iterator[Point]:
        """A point for each of ``CHECKPOINTS`` that the pool has slabs for."""
        pool = self.pool
        answered: list[int] = []
        reasons: list[str] = []
        logits = None
        asks = order == "asked"
        strangeness = strangeness_of(pool.windows, rng) if asks else np.zeros(len(pool.head_inputs))
        for goal in CHECKPOINTS:
            if goal > len(pool.head_inputs):
                return
            flags = np.zeros(len(pool.head_inputs), bool)
            flags[answered] = True
            if asks:
                found = int(pool.faulty[answered].sum())
                questions = next_questions(goal - len(answered), strangeness, logits, flags, found, rng)
                answered += [question.number for question in questions]
                reasons += [question.why for question in questions]
            else:
                drawn = rng.permutation(np.flatnonzero(~flags))[: goal - len(answered)]
                answered += [int(number) for number in drawn]
                reasons += [Why.RANDOM] * len(drawn)
            labelled = pool.where(np.array(answered))
            if not enough_good(labelled):
                continue
            fitted = cross_fit_heads(labelled, self.plan)
            yield self._point(order, goal, fitted, labelled, reasons, len(pool.head_inputs))
            if asks:
                strangeness, logits = highest_scores(fitted, pool)

    def at_once(self, order: str, answers: int, labelled: LabelledSlabs) -> Iterator[Point]:
        """The point of these labelled slabs, which nobody chose; none if too few of them are good."""
        if enough_good(labelled):
            reasons = [""] * len(labelled.head_inputs)
            yield self._point(order, answers, cross_fit_heads(labelled, self.plan), labelled, reasons)

    def _point(
        self,
        order: str,
        answers: int,
        fitted: FittedHeads,
        labelled: LabelledSlabs,
        reasons: Sequence[str],
        watched: int | None = None,
    ) -> Point:
        rest = self.rest
        thresholds, escapes, overkill = set_thresholds(
            fitted, labelled, self.risk, np.array(reasons), watched
        )
        anomaly, logits = highest_scores(fitted, rest)
        probability = 1 / (1 + np.exp(-np.clip(logits, -15, 15)))
        found = shares_of(probability, anomaly, rest.faulty, thresholds)
        prevalence = float(rest.faulty.mean()) if self.prevalence is None else self.prevalence
        return Point(
            data=self.data,
            draw=self.draw,
            order=order,
            answers=answers,
            given=len(labelled.head_inputs),
            faulty=int(labelled.faulty.sum()),
            auroc=auroc(logits, rest.faulty),
            decided=found.decided(prevalence),
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


def highest_scores(fitted: FittedHeads, labelled: LabelledSlabs) -> tuple[Values, Values]:
    """Strangeness and logit of faulty of each picture: the highest of its windows."""
    found = np.stack(
        [component_scores(fitted.heads, head_input) for head_input in labelled.all_windows]
    ).astype(np.float64)
    logits = found @ fitted.heads.weights[:-1] + fitted.heads.weights[-1]
    return found[labelled.highest(found[:, 0]), 0], logits[labelled.highest(logits)]
