"""Counts hold whatever the store knows or doesn't know yet."""

from collections.abc import Iterator

import pytest

from marbleline.adapters.store_sqlite import SqliteStore
from marbleline.console.tally import Recount, Tally, recount
from marbleline.domain.decision import Decision
from marbleline.ports.store import VerdictCounts
from tests.builders import SECOND, START, make_verdict


@pytest.fixture
def store(tmp_path: object) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")  # type: ignore[operator]
    yield made
    made.close()


END = START + 100 * SECOND


def test_seen_and_recorded_together(store: SqliteStore) -> None:
    tally = Tally(since=START)
    verdicts = [
        make_verdict(n, decision=Decision.FAULTY if n % 3 == 0 else Decision.GOOD) for n in range(1, 10)
    ]
    for verdict in verdicts:
        tally.add(verdict)
    store.put_verdicts(verdicts[:4])
    tally.rebase(recount(store, "line-1", START, END, tally.seen(END)))
    assert len(tally.seen(END)) == 5
    counts = tally.counts()
    assert (counts.total, counts.by_decision) == (9, {"good": 6, "faulty": 3, "review": 0})
    assert counts.by_defect == {"crack": 3}
    store.put_verdicts(verdicts)
    tally.rebase(recount(store, "line-1", START, END, tally.seen(END)))
    assert tally.counts() == counts
    assert tally.seen(END) == ()


def test_what_arrives_while_the_store_counts_is_counted_once(store: SqliteStore) -> None:
    tally = Tally(since=START)
    until = START + 4 * SECOND
    for sequence in range(1, 8):
        tally.add(make_verdict(sequence))
        store.put_verdicts([make_verdict(sequence)])
    asked = tally.seen(until)
    assert len(asked) == 4
    tally.add(make_verdict(8))
    store.put_verdicts([make_verdict(8)])
    tally.rebase(recount(store, "line-1", START, until, asked))
    assert tally.counts().total == 8


def test_only_the_period_counts() -> None:
    tally = Tally(since=START + 5 * SECOND)
    for sequence in (4, 5, 6):
        tally.add(make_verdict(sequence))
    assert tally.counts().total == 2
    tally.rebase(Recount(START + 6 * SECOND, END, VerdictCounts(0, {}, {}), frozenset()))
    assert (tally.counts().total, tally.counts().since) == (1, START + 6 * SECOND)


def test_bounded_with_the_store_away_and_right_afterwards() -> None:
    tally = Tally(since=START, bound=3)
    for sequence in range(1, 8):
        tally.add(make_verdict(sequence))
    assert len(tally.seen(END)) == 3
    assert tally.counts().total == 7
    tally.rebase(Recount(START, END, VerdictCounts(7, {"good": 7}, {}), frozenset(tally.seen(END))))
    assert tally.counts().total == 7
