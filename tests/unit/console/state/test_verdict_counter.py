"""Counts hold whatever the store knows or doesn't know yet."""

from collections.abc import Iterator

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.state.verdict_counter import StoredCounts, VerdictCounter, count_stored
from marbleline.domain.decision import Decision
from marbleline.ports.verdicts import VerdictCounts
from tests.builders import SECOND, START, make_verdict


@pytest.fixture
def store(tmp_path: object) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")  # type: ignore[operator]
    yield made
    made.close()


END = START + 100 * SECOND


def test_received_and_stored_together(store: SqliteStore) -> None:
    counter = VerdictCounter(since=START)
    verdicts = [
        make_verdict(n, decision=Decision.FAULTY if n % 3 == 0 else Decision.GOOD) for n in range(1, 10)
    ]
    for verdict in verdicts:
        counter.add(verdict)
    store.put_verdicts(verdicts[:4])
    counter.set_stored(count_stored(store, "line-1", START, END, counter.unconfirmed(END)))
    assert len(counter.unconfirmed(END)) == 5
    counts = counter.counts()
    assert (counts.total, counts.by_decision) == (9, {"good": 6, "faulty": 3, "review": 0})
    assert counts.by_defect == {"crack": 3}
    store.put_verdicts(verdicts)
    counter.set_stored(count_stored(store, "line-1", START, END, counter.unconfirmed(END)))
    assert counter.counts() == counts
    assert counter.unconfirmed(END) == ()


def test_what_arrives_while_the_store_counts_is_counted_once(store: SqliteStore) -> None:
    counter = VerdictCounter(since=START)
    until = START + 4 * SECOND
    for sequence in range(1, 8):
        counter.add(make_verdict(sequence))
        store.put_verdicts([make_verdict(sequence)])
    unconfirmed = counter.unconfirmed(until)
    assert len(unconfirmed) == 4
    counter.add(make_verdict(8))
    store.put_verdicts([make_verdict(8)])
    counter.set_stored(count_stored(store, "line-1", START, until, unconfirmed))
    assert counter.counts().total == 8


def test_only_the_period_counts() -> None:
    counter = VerdictCounter(since=START + 5 * SECOND)
    for sequence in (4, 5, 6):
        counter.add(make_verdict(sequence))
    assert counter.counts().total == 2
    counter.set_stored(StoredCounts(START + 6 * SECOND, END, VerdictCounts(0, {}, {}), frozenset()))
    assert (counter.counts().total, counter.counts().since) == (1, START + 6 * SECOND)


def test_bounded_with_the_store_unavailable_and_right_afterwards() -> None:
    counter = VerdictCounter(since=START, bound=3)
    for sequence in range(1, 8):
        counter.add(make_verdict(sequence))
    assert len(counter.unconfirmed(END)) == 3
    assert counter.counts().total == 7
    counter.set_stored(
        StoredCounts(START, END, VerdictCounts(7, {"good": 7}, {}), frozenset(counter.unconfirmed(END)))
    )
    assert counter.counts().total == 7
