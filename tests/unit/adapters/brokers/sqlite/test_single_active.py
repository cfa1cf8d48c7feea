"""The lease of a single active consumer in the embedded broker."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from tests.builders import FakeClock
from tests.contract.broker.base import ids
from tests.contract.broker.single_active import QUEUES, SLABS, tiles


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def brokers(tmp_path: Path, clock: FakeClock) -> Iterator[tuple[SqliteBroker, SqliteBroker]]:
    def connect() -> SqliteBroker:
        return SqliteBroker(tmp_path / "broker.db", clock=clock, lease_s=30, queues=(*QUEUES, SLABS))

    with closing(connect()) as first, closing(connect()) as second:
        yield first, second


def test_a_consumer_that_hangs_loses_the_queue_and_all_it_held_with_its_lease(
    brokers: tuple[SqliteBroker, SqliteBroker], clock: FakeClock
) -> None:
    hung, other = brokers
    hung.publish(tiles(3))
    held = hung.receive(SLABS.name, 2, 0)
    clock.advance(29)
    hung.renew_lease(held[:1])
    clock.advance(2)
    assert other.receive(SLABS.name, 9, 0) == []
    assert [hung.holds(one) for one in held] == [True, False]
    clock.advance(29)
    taken = other.receive(SLABS.name, 9, 0)
    assert len(ids(taken)) == 3
    assert not any(hung.holds(one) for one in held)
    assert hung.receive(SLABS.name, 9, 0) == []
    hung.renew_lease(held)
    assert all(other.holds(one) for one in taken)


def test_a_clock_that_was_set_back_keeps_nobody_from_the_queue(
    brokers: tuple[SqliteBroker, SqliteBroker], clock: FakeClock
) -> None:
    first, second = brokers
    first.publish(tiles(2))
    assert len(first.receive(SLABS.name, 1, 0)) == 1
    clock.advance(-3_600)
    assert len(second.receive(SLABS.name, 9, 0)) == 2
