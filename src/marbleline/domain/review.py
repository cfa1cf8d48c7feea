"""Which slabs wait for a person: sent to review and not labelled, disputed, or settled by a third person."""

from collections.abc import Iterable
from enum import StrEnum

from marbleline.domain.label import Label, truths


class ReviewState(StrEnum):
    """``waiting``: sent to review, nobody has labelled it; ``disputed``: people label it differently;
    ``settled``: they did, and a third person has decided.
    """

    WAITING = "waiting"
    DISPUTED = "disputed"
    SETTLED = "settled"
    DONE = "done"


def review_state(labels: Iterable[Label], *, sent: bool) -> ReviewState:
    """The state of one frame, by all of its labels; ``sent``: whether the line sent it to review."""
    for found in truths(labels).values():
        if found.settled is not None:
            return ReviewState.SETTLED
        return ReviewState.DISPUTED if found.disputed else ReviewState.DONE
    return ReviewState.WAITING if sent else ReviewState.DONE


def certainty(faulty_probability: float) -> float:
    """How far the probability is from one half, 0 to 0.5; the label of the slab with the least tells most.

    Uncertainty sampling by least confidence: Lewis and Gale, A sequential algorithm for training text
    classifiers, SIGIR 1994.
    """
    return abs(faulty_probability - 0.5)
