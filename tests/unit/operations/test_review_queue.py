"""Completing the review queue goes through every review and label, whatever their number."""

from collections.abc import Sequence
from pathlib import Path

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, new_label
from marbleline.domain.verdict import Verdict
from marbleline.operations.review_queue import QueueReport, complete_review_queue
from tests.builders import START, make_verdict


class Forgetful(SqliteStore):
    """Keeps a queue that knows nothing, and notes what it is told."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.told: list[str] = []
        self.labels_told: list[str] = []

    def complete_review_queue(self, verdicts: Sequence[Verdict], labels: Sequence[Label]) -> int:
        self.told += [one.frame.frame_id for one in verdicts]
        self.labels_told += [one.label_id for one in labels]
        return len(verdicts)


def test_every_review_and_every_label_is_gone_through_once(tmp_path: Path) -> None:
    store = Forgetful(tmp_path / "store.db")
    reviews = [make_verdict(number, decision=Decision.REVIEW) for number in range(1, 1_203)]
    others = [make_verdict(number, decision=Decision.FAULTY) for number in range(2_001, 2_005)]
    store.put_verdicts([*reviews, *others])
    labels = [
        new_label(one, "good", "ayşe", START + number) for number, one in enumerate([*reviews, *others])
    ]
    store.put_labels(labels)
    assert complete_review_queue(store) == QueueReport(reviews=1_202, added=1_202)
    assert sorted(store.told) == sorted(one.frame.frame_id for one in reviews)
    assert sorted(store.labels_told) == sorted(one.label_id for one in labels)
    store.close()
