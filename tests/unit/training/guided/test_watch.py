"""Watching waits for slabs of the product, and ends at its limit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.training.guided.watch import wait_for_slabs
from tests.builders import make_frame, make_verdict


class Clock:
    """Seconds that pass only by sleeping; ``then`` is what happens meanwhile."""

    def __init__(self, store: SqliteStore, arrives: int = 0) -> None:
        self.now, self._store, self._arrives = 0.0, store, arrives

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._arrives:
            number = 100 + round(self.now)
            self._store.put_verdicts([make_verdict(frame=make_frame(number, product="granite"))])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    made.put_verdicts([make_verdict(frame=make_frame(number, product="granite")) for number in range(1, 4)])
    made.put_verdicts([make_verdict(frame=make_frame(number, product="marble")) for number in range(5, 15)])
    yield made
    made.close()


def test_slabs_of_another_product_do_not_count(store: SqliteStore) -> None:
    clock = Clock(store)
    counts = wait_for_slabs(store, "line-1", "granite", 4, 5.0, clock=clock, sleep=clock.sleep)
    assert (counts.total, clock.now) == (3, 5.0)
    assert counts.by_decision["good"] == 3


def test_enough_slabs_are_not_waited_for(store: SqliteStore) -> None:
    clock = Clock(store)
    counts = wait_for_slabs(store, "line-1", "granite", 3, 100.0, clock=clock, sleep=clock.sleep)
    assert (counts.total, clock.now) == (3, 0.0)


def test_it_ends_once_enough_have_come(store: SqliteStore) -> None:
    clock = Clock(store, arrives=1)
    counts = wait_for_slabs(store, "line-1", "granite", 5, 100.0, clock=clock, sleep=clock.sleep)
    assert (counts.total, clock.now) == (5, 4.0)
