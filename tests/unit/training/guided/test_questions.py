"""Questions about a product's newest slabs, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.domain.verdict import Verdict
from marbleline.training.commission.ask import Why
from marbleline.training.guided.questions import questions
from tests.builders import make_frame, make_verdict


def judged(sequence: int, anomaly: float, product: str = "granite") -> Verdict:
    made = make_verdict(frame=make_frame(sequence, product=product), faulty_probability=0.02 * sequence)
    return replace(made, anomaly=anomaly)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    made.put_verdicts([judged(number, float(number)) for number in range(1, 41)])
    made.put_verdicts([judged(number, 99.0, "marble") for number in range(50, 60)])
    yield made
    made.close()


def test_they_are_of_the_product_and_of_what_has_no_label(store: SqliteStore) -> None:
    strangest = judged(40, 40.0).frame.frame_id
    asked = questions(store, "line-1", "granite", {strangest}, 1, 10)
    assert len(asked) == 10
    own = {judged(number, 0.0).frame.frame_id for number in range(1, 41)}
    assert {one.frame_id for one in asked} <= own - {strangest}


def test_before_a_version_was_learnt_nothing_is_asked_for_being_uncertain(store: SqliteStore) -> None:
    asked = questions(store, "line-1", "granite", (), 0, 10)
    assert {one.why for one in asked} == {Why.RANDOM, Why.STRANGE}
    learnt = questions(store, "line-1", "granite", (), 0, 10, learnt={1})
    assert {one.why for one in learnt} == {Why.RANDOM, Why.STRANGE, Why.UNCERTAIN}


def test_equal_labels_give_equal_questions(store: SqliteStore) -> None:
    first = questions(store, "line-1", "granite", (), 0, 10)
    assert first == questions(store, "line-1", "granite", (), 0, 10)


def test_without_slabs_there_are_none(store: SqliteStore) -> None:
    assert questions(store, "line-1", "basalt", (), 0, 10) == []
