"""Completing the review queue of a store that keeps one: slabs that were put before it did are not in it."""

from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.domain.decision import Decision
from marbleline.ports.annotations import LabelQuery, Labels
from marbleline.ports.connection import Connection
from marbleline.ports.paging import pages
from marbleline.ports.review_queue import ReviewQueue
from marbleline.ports.verdicts import VerdictQuery, Verdicts

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class QueueReport:
    """``reviews``: verdicts that sent a slab to review, and how many of them were ``added``."""

    reviews: int
    added: int


class QueueStore(Verdicts, Labels, ReviewQueue, Connection, Protocol):
    """What the queue is made from, and the queue."""


def complete_review_queue(store: QueueStore) -> QueueReport:
    """Go through all reviews and labels on record, while the line may run; again, it adds nothing.

    Raises StoreUnavailable; may then be run again.
    """
    reviews = added = 0
    asked = VerdictQuery(decision=Decision.REVIEW)
    for verdicts in pages(
        lambda after: store.search(asked, _PAGE, after), lambda verdict: verdict.frame.frame_id
    ):
        reviews += len(verdicts)
        added += store.complete_review_queue(verdicts, ())
    # Disputes are about slabs of any verdict.
    for labels in pages(lambda after: store.labels(LabelQuery(), _PAGE, after), lambda one: one.label_id):
        store.complete_review_queue((), labels)
    return QueueReport(reviews, added)
