"""What is known beside verdicts stays bounded, and a labelled slab is counted off at once."""

from pathlib import Path

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.side_data import MAX_LABELS, SideData
from marbleline.console.state.store_queries import newest_labels
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from marbleline.ports.review_queue import ReviewCounts
from tests.builders import START, make_verdict

REVIEWS = [make_verdict(number, decision=Decision.REVIEW) for number in range(1, 6)]


def test_a_labelled_slab_is_counted_off_until_the_label_is_withdrawn() -> None:
    side_data = SideData()
    label = new_label(REVIEWS[1], "good", "anna", START)
    side_data.add_labels([label])
    assert side_data.reviews is None, "nobody has counted yet"
    side_data.set_reviews(ReviewCounts(3, 1))
    side_data.add_labels([label])
    assert side_data.reviews == ReviewCounts(3, 1), "the store has counted with it"
    side_data.add_labels([withdrawal(label, "anna", START + 1)])
    assert side_data.reviews == ReviewCounts(4, 1)
    side_data.add_labels([new_label(REVIEWS[2], "crack", "anna", START + 2)])
    side_data.add_labels([new_label(REVIEWS[2], "crack", "bert", START + 3)])
    side_data.add_labels([new_label(make_verdict(9, decision=Decision.GOOD), "good", "anna", START + 4)])
    assert side_data.reviews == ReviewCounts(3, 1), "once, and only slabs that were sent to review"


def test_labels_are_bounded_and_the_newest_stay() -> None:
    side_data = SideData()
    labels = [new_label(REVIEWS[0], "good", f"p{number}", START + number) for number in range(MAX_LABELS + 9)]
    side_data.add_labels(labels)
    standing = {label.by for label in side_data.truths[REVIEWS[0].frame.frame_id].labels}
    assert len(standing) == MAX_LABELS
    assert "p0" not in standing


def test_the_newest_labels_are_read_page_by_page(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    labels = [new_label(REVIEWS[0], "good", "anna", START + number * 1_000) for number in range(450)]
    store.put_labels(labels)
    assert newest_labels(store, "line-1", START) == labels[::-1]
    assert newest_labels(store, "line-1", START, most=210) == labels[:-211:-1]
    store.close()
