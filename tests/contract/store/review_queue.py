"""The review queue: a slab waits until somebody labels it, whatever the queue's length."""

from dataclasses import replace
from itertools import pairwise

import pytest

from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, new_label, withdrawal
from marbleline.domain.review import ReviewState, certainty
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import LabelQuery
from marbleline.ports.review_queue import ReviewCounts, ReviewOrder, ReviewPlace, ReviewQuery, ReviewQueue
from marbleline.ports.store import Store
from tests.builders import SECOND, START, make_frame, make_verdict
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract, put, sequences

LONG = 5_000
DISPUTED = ReviewQuery("line-1", ReviewState.DISPUTED)


def review(sequence: int, probability: float = 0.5, line: str = "line-1") -> Verdict:
    return make_verdict(
        frame=make_frame(sequence, line=line), decision=Decision.REVIEW, faulty_probability=probability
    )


def said(verdict: Verdict, truth: str, by: str, second: int) -> Label:
    return new_label(verdict, truth, by, START + second * SECOND)


def pages(store: Store, query: ReviewQuery, size: int) -> list[Verdict]:
    """All pages, one after the other."""
    found: list[Verdict] = []
    while page := store.review_page(query, size, ReviewPlace.of(found[-1]) if found else None):
        assert len(page) <= size
        found += page
    return found


class ReviewQueueSuite(StoreContract):
    """What every store keeps of ``ports.review_queue``."""

    def test_keeps_the_port_of_the_review_queue(self, store: Store) -> None:
        assert_keeps(store, ReviewQueue)

    def test_an_empty_store_has_nothing_to_review(self, store: Store) -> None:
        assert store.review_page(ReviewQuery("line-1"), 10) == []
        assert store.review_counts("line-1") == ReviewCounts(0, 0)

    def test_only_slabs_of_the_line_that_were_sent_to_review_wait(self, store: Store) -> None:
        put(
            store,
            [review(1), make_verdict(2), make_verdict(3, decision=Decision.FAULTY), review(4, line="l2")],
        )
        assert sequences(store.review_page(ReviewQuery("line-1"), 10)) == [1]
        assert store.review_counts("line-1") == ReviewCounts(1, 0)
        assert store.review_counts("l2") == ReviewCounts(1, 0)

    def test_a_label_takes_a_slab_off_at_once_and_its_withdrawal_puts_it_back(
        self, store: Store, connect: Connect
    ) -> None:
        one, two = review(1), review(2)
        put(store, [one, two])
        other = connect()
        first, second = said(one, "good", "ayşe", 10), said(one, "crack", "ayşe", 11)
        for label, left in (
            (first, [2]),
            (second, [2]),
            (withdrawal(second, "ayşe", START + 12 * SECOND), [2]),
            (withdrawal(first, "ayşe", START + 13 * SECOND), [1, 2]),
        ):
            assert store.put_labels([label]) == []
            assert sequences(other.review_page(ReviewQuery("line-1"), 10)) == left, label
            assert other.review_counts("line-1") == ReviewCounts(len(left), 0)
        other.close()

    def test_a_slab_that_was_labelled_before_it_is_on_record_does_not_wait(self, store: Store) -> None:
        one = review(1)
        assert store.put_labels([said(one, "good", "ayşe", 1)]) == []
        put(store, [one])
        assert store.put_verdicts([one]) == []
        assert store.review_counts("line-1") == ReviewCounts(0, 0)

    def test_people_who_differ_make_a_dispute_until_one_gives_way(self, store: Store) -> None:
        sent, judged = review(1), make_verdict(2, decision=Decision.FAULTY, defect="crack")
        put(store, [sent, judged, review(3)])
        for verdict in (sent, judged):
            assert store.put_labels([said(verdict, "crack", "ayşe", 10)]) == []
        assert store.review_counts("line-1") == ReviewCounts(1, 0)
        assert store.put_labels([said(sent, "good", "marco", 11), said(judged, "good", "marco", 12)]) == []
        assert store.review_counts("line-1") == ReviewCounts(1, 2)
        assert store.review_counts("line-2") == ReviewCounts(0, 0)
        assert sequences(store.review_page(DISPUTED, 10)) == [1, 2]
        assert sequences(pages(store, DISPUTED, 1)) == [1, 2]
        newest = ReviewQuery("line-1", ReviewState.DISPUTED, ReviewOrder.NEWEST)
        assert sequences(pages(store, newest, 1)) == [2, 1]
        agreed, back = (
            said(judged, "good", "ayşe", 13),
            withdrawal(said(sent, "dot", "eva", 14), "eva", START),
        )
        assert store.put_labels([agreed, back]) == []
        assert sequences(store.review_page(DISPUTED, 10)) == [1]
        assert store.review_counts("line-1") == ReviewCounts(1, 1)

    def test_a_third_person_settles_a_dispute_and_its_withdrawal_opens_it_again(self, store: Store) -> None:
        sent, judged = review(1), make_verdict(2, decision=Decision.FAULTY, defect="crack")
        put(store, [sent, judged])
        for verdict in (sent, judged):
            both = [said(verdict, "crack", "ayşe", 10), said(verdict, "good", "marco", 11)]
            assert store.put_labels(both) == []
        settled = new_label(judged, "dot", "eva", START + 12 * SECOND, settles=True)
        assert store.put_labels([settled]) == []
        assert store.labels(LabelQuery(frame_id=judged.frame.frame_id), 1) == [settled]
        wanted = ReviewQuery("line-1", ReviewState.SETTLED)
        for order in ReviewOrder:
            assert sequences(pages(store, replace(wanted, order=order), 1)) == [2]
        assert sequences(store.review_page(DISPUTED, 10)) == [1]
        assert store.review_counts("line-1") == ReviewCounts(0, 1, 1)
        assert store.put_labels([withdrawal(settled, "eva", START + 13 * SECOND)]) == []
        assert sequences(store.review_page(DISPUTED, 10)) == [1, 2]
        assert store.review_page(wanted, 10) == []
        assert store.review_counts("line-1") == ReviewCounts(0, 2, 0)

    @pytest.mark.parametrize("order", ReviewOrder)
    def test_page_by_page_each_is_seen_once_in_order(self, store: Store, order: ReviewOrder) -> None:
        probabilities = (0.3, 0.7, 0.5, 0.25, 0.49, 0.7, 0.3, 0.1, 0.62, 0.5000001, 0.3)
        made = [review(number, one) for number, one in enumerate(probabilities, start=1)]
        put(store, made[::-1])
        found = pages(store, ReviewQuery("line-1", order=order), 3)
        expected = {
            ReviewOrder.OLDEST: made,
            ReviewOrder.NEWEST: made[::-1],
            ReviewOrder.UNSURE: sorted(
                made, key=lambda one: (certainty(one.faulty_probability), one.frame.frame_id)
            ),
        }
        assert found == expected[order]

    def test_a_page_goes_on_where_the_last_one_ended_though_slabs_left(self, store: Store) -> None:
        made = [review(number) for number in range(1, 8)]
        put(store, made)
        first = store.review_page(ReviewQuery("line-1"), 3)
        assert store.put_labels([said(one, "good", "ayşe", 20) for one in first]) == []
        second = store.review_page(ReviewQuery("line-1"), 3, ReviewPlace.of(first[-1]))
        assert sequences(second) == [4, 5, 6]
        assert sequences(store.review_page(ReviewQuery("line-1"), 3)) == [4, 5, 6]

    def test_a_long_queue_is_counted_and_paged_whole(self, store: Store) -> None:
        made = [review(number) for number in range(1, LONG + 1)]
        put(store, made)
        labelled = made[:: LONG // 50]
        assert store.put_labels([said(one, "good", "ayşe", 20) for one in labelled]) == []
        assert store.review_counts("line-1") == ReviewCounts(LONG - len(labelled), 0)
        found = sequences(pages(store, ReviewQuery("line-1"), 1_000))
        assert len(found) == LONG - len(labelled)
        assert all(one < other for one, other in pairwise(found))

    def test_completing_a_complete_queue_changes_nothing(self, store: Store) -> None:
        one, two, judged = review(1), review(2), make_verdict(3, decision=Decision.FAULTY)
        put(store, [one, two, judged])
        labels = [
            said(one, "good", "ayşe", 10),
            said(judged, "crack", "ayşe", 11),
            said(judged, "dot", "eva", 12),
        ]
        assert store.put_labels(labels) == []
        assert store.complete_review_queue([one, two, judged], labels) == 0
        assert store.complete_review_queue([], []) == 0
        assert store.review_counts("line-1") == ReviewCounts(1, 1)
