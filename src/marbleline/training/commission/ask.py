"""Which slab to ask about next: the strangest, the most uncertain, and some at random.

Strange slabs are mostly the faulty ones, which are rare and which learning needs. Uncertain ones (Lewis and
Gale 1994, "A sequential algorithm for training text classifiers") move the threshold. Random ones are the
only fair sample of the line: the prevalence of faulty slabs is estimated from these alone.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from marbleline.training.arrays import Flags, Values


class Why(StrEnum):
    """Why a slab was asked about; the column ``asked`` of a list of answers."""

    STRANGE = "strange"
    UNCERTAIN = "uncertain"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Question:
    """A picture to ask about, by its number, and why."""

    number: int
    why: Why


@dataclass(frozen=True, slots=True)
class AskPlan:
    """Shares of the questions; what neither takes is asked for being uncertain.

    ``enough_faulty``  answers of faulty slabs from which on the strangest are no longer asked for: they are
    faulty beyond doubt, and would say little of those that are hard to see
    """

    random: float = 0.4
    strange: float = 0.3
    enough_faulty: int = 10


def next_questions(
    count: int,
    strangeness: Values,
    logits: Values | None,
    answered: Flags,
    faulty_answers: int,
    rng: np.random.Generator,
    plan: AskPlan | None = None,
) -> list[Question]:
    """The next ``count`` pictures to ask about, fewer if no more are left, in the order to ask.

    ``strangeness`` [n] grows with the distance from normal; ``logits`` [n] of faulty are uncertain near 0,
    None before anything was learnt. ``answered`` [n] are not asked again.
    """
    plan = plan or AskPlan()
    left = np.flatnonzero(~answered)
    count = min(count, len(left))
    by_chance = _split(count, plan.random)
    for_strangeness = 0 if faulty_answers >= plan.enough_faulty else _split(count, plan.strange)
    if logits is None:
        for_strangeness = count - by_chance
    questions: list[Question] = []
    taken: set[int] = set()

    def take(order: NDArray[np.intp], wanted: int, why: Why) -> None:
        chosen = [int(number) for number in order if int(number) not in taken][:wanted]
        taken.update(chosen)
        questions.extend(Question(number, why) for number in chosen)

    # Drawn first, from all that is left: otherwise the sample would lack what is strange.
    take(rng.permutation(left), by_chance, Why.RANDOM)
    take(left[np.argsort(-strangeness[left], kind="stable")], for_strangeness, Why.STRANGE)
    if logits is not None:
        take(left[np.argsort(np.abs(logits[left]), kind="stable")], count - len(questions), Why.UNCERTAIN)
    return [questions[int(number)] for number in rng.permutation(len(questions))]


def _split(count: int, share: float) -> int:
    return min(count, round(count * share))
