"""The part of the store that knows which slabs wait for a person, and pages through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from marbleline.domain.label import Label
from marbleline.domain.review import ReviewState, certainty
from marbleline.domain.verdict import Verdict


class ReviewOrder(StrEnum):
    """By time of capture, or least certain first: ``domain.review.certainty``."""

    OLDEST = "oldest"
    NEWEST = "newest"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class ReviewQuery:
    """Slabs of a line in a state, in an order; ``state`` is any but ``done``."""

    line: str
    state: ReviewState = ReviewState.WAITING
    order: ReviewOrder = ReviewOrder.OLDEST


@dataclass(frozen=True, slots=True)
class ReviewPlace:
    """The place of one slab in any of the orders; the next page begins after it."""

    frame_id: str
    certainty: float

    @classmethod
    def of(cls, verdict: Verdict) -> "ReviewPlace":
        """The place of this verdict's slab."""
        return cls(verdict.frame.frame_id, certainty(verdict.faulty_probability))


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How many slabs of a line are in each state, whatever their number."""

    waiting: int
    disputed: int
    settled: int = 0

    def of(self, state: ReviewState) -> int:
        """How many are in this state; none that is done is counted."""
        return {
            ReviewState.WAITING: self.waiting,
            ReviewState.DISPUTED: self.disputed,
            ReviewState.SETTLED: self.settled,
        }.get(state, 0)


class ReviewQueue(Protocol):
    """A question sees all labels that were put before it was asked, and verdicts soon after.

    The queue has no bound and no age: a slab leaves it by a label only, and returns when that is withdrawn.
    """

    def review_page(self, query: ReviewQuery, limit: int, after: ReviewPlace | None = None) -> list[Verdict]:
        """Up to ``limit`` verdicts in the query's order, after the given place. Raises StoreUnavailable.

        Slabs of which the model is as certain as of others come in order of ``frame_id``.
        """
        ...

    def review_counts(self, line: str) -> ReviewCounts:
        """How many ``review_page`` would find in each state. Raises StoreUnavailable."""
        ...

    def complete_review_queue(self, verdicts: Sequence[Verdict], labels: Sequence[Label]) -> int:
        """Have the slabs of these in the queue as if they were put now; all of them are on record.

        How many of the verdicts sent to review it did not know: those that were put by an earlier version. A
        store that works the queue out when it is asked knows them all. Raises StoreUnavailable.
        """
        ...
