"""What is known beside verdicts stays bounded, and a slab that somebody has looked at leaves the queue."""

from pathlib import Path

from marbleline.adapters.store_sqlite import SqliteStore
from marbleline.console.beside import MOST_LABELS, MOST_REVIEWS, Beside
from marbleline.console.questions import newest_labels, open_reviews
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from tests.builders import START, make_verdict

REVIEWS = [make_verdict(number, decision=Decision.REVIEW) for number in range(1, 6)]


def sequences(beside: Beside, *recent: int) -> tuple[list[int], int]:
    found, count = beside.reviews([REVIEWS[number - 1] for number in recent])
    return [verdict.frame.sequence for verdict in found], count


def test_the_queue_is_the_records_and_the_feeds_oldest_first() -> None:
    beside = Beside()
    beside.review(REVIEWS[1:3], 0)
    assert sequences(beside, 5, 3) == ([2, 3, 5], 3)
    assert beside.reviews([make_verdict(9, decision=Decision.GOOD)])[1] == 2, "only slabs to review"


def test_a_labelled_slab_leaves_it_and_comes_back_when_the_label_is_taken_back() -> None:
    beside = Beside()
    beside.review(REVIEWS[:3], 0)
    label = new_label(REVIEWS[1], "good", "anna", START)
    beside.label([label])
    assert sequences(beside) == ([1, 3], 2)
    beside.label([withdrawal(label, "anna", START + 1)])
    assert sequences(beside) == ([1, 2, 3], 3)


def test_labels_are_bounded_and_the_newest_stay() -> None:
    beside = Beside()
    labels = [
        new_label(REVIEWS[0], "good", f"p{number}", START + number) for number in range(MOST_LABELS + 9)
    ]
    beside.label(labels)
    standing = {label.by for label in beside.truths[REVIEWS[0].frame.frame_id].labels}
    assert len(standing) == MOST_LABELS
    assert "p0" not in standing


def test_the_record_is_asked_for_the_oldest_open_slabs(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    number = MOST_REVIEWS + 30
    made = [make_verdict(sequence, decision=Decision.REVIEW) for sequence in range(1, number + 1)]
    store.put_verdicts([*made, make_verdict(number + 1, decision=Decision.FAULTY)])
    store.put_labels([new_label(made[0], "good", "anna", START)])
    labels = newest_labels(store, "line-1", START - 1)
    oldest, more = open_reviews(store, "line-1", START, labels)
    assert [verdict.frame.sequence for verdict in oldest[:2]] == [2, 3]
    assert (len(oldest), more) == (MOST_REVIEWS, 29)
    store.close()
