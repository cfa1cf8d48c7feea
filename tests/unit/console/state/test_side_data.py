"""What is known beside verdicts stays bounded, and a slab that somebody has looked at leaves the queue."""

from pathlib import Path

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.side_data import MAX_LABELS, MAX_REVIEWS, SideData
from marbleline.console.state.store_queries import newest_labels, open_reviews
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from tests.builders import START, make_verdict

REVIEWS = [make_verdict(number, decision=Decision.REVIEW) for number in range(1, 6)]


def sequences(side_data: SideData, *recent: int) -> tuple[list[int], int]:
    found, count = side_data.reviews([REVIEWS[number - 1] for number in recent])
    return [verdict.frame.sequence for verdict in found], count


def test_the_queue_is_the_stores_and_the_feeds_oldest_first() -> None:
    side_data = SideData()
    side_data.set_reviews(REVIEWS[1:3], 0)
    assert sequences(side_data, 5, 3) == ([2, 3, 5], 3)
    assert side_data.reviews([make_verdict(9, decision=Decision.GOOD)])[1] == 2, "only slabs to review"


def test_a_labelled_slab_leaves_it_and_comes_back_when_the_label_is_withdrawn() -> None:
    side_data = SideData()
    side_data.set_reviews(REVIEWS[:3], 0)
    label = new_label(REVIEWS[1], "good", "anna", START)
    side_data.add_labels([label])
    assert sequences(side_data) == ([1, 3], 2)
    side_data.add_labels([withdrawal(label, "anna", START + 1)])
    assert sequences(side_data) == ([1, 2, 3], 3)


def test_labels_are_bounded_and_the_newest_stay() -> None:
    side_data = SideData()
    labels = [new_label(REVIEWS[0], "good", f"p{number}", START + number) for number in range(MAX_LABELS + 9)]
    side_data.add_labels(labels)
    standing = {label.by for label in side_data.truths[REVIEWS[0].frame.frame_id].labels}
    assert len(standing) == MAX_LABELS
    assert "p0" not in standing


def test_the_record_is_asked_for_the_oldest_open_slabs(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    number = MAX_REVIEWS + 30
    made = [make_verdict(sequence, decision=Decision.REVIEW) for sequence in range(1, number + 1)]
    store.put_verdicts([*made, make_verdict(number + 1, decision=Decision.FAULTY)])
    store.put_labels([new_label(made[0], "good", "anna", START)])
    labels = newest_labels(store, "line-1", START - 1)
    oldest, more = open_reviews(store, "line-1", START, labels)
    assert [verdict.frame.sequence for verdict in oldest[:2]] == [2, 3]
    assert (len(oldest), more) == (MAX_REVIEWS, 29)
    store.close()
