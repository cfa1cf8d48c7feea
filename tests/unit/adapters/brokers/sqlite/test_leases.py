"""Leases end, are renewed, and one that another has taken over is let alone. The clock is moved by hand."""

from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.brokers.sqlite.owners import Owner
from marbleline.ports.topology import ENCODED, FRAMES
from tests.builders import FakeClock
from tests.contract.broker.base import frames, ids
from tests.unit.adapters.brokers.sqlite.support import assert_consistent, encoded, file, made, receive, rows


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def one(tmp_path: Path, clock: FakeClock) -> SqliteBroker:
    return SqliteBroker(file(tmp_path), clock=clock, lease_s=30.0)


@pytest.fixture
def other(tmp_path: Path, clock: FakeClock) -> SqliteBroker:
    return SqliteBroker(file(tmp_path), clock=clock, lease_s=30.0)


def test_a_lease_that_ends_lets_another_take(
    one: SqliteBroker, other: SqliteBroker, clock: FakeClock
) -> None:
    one.publish(frames(2))
    deliveries = receive(one)
    clock.advance(29.9)
    assert receive(other) == []
    clock.advance(0.2)
    again = receive(other)
    assert ids(again) == ids(deliveries)
    assert [delivery.count for delivery in again] == [2, 2]


def test_a_waiting_consumer_notices_that_a_lease_has_ended(
    one: SqliteBroker, other: SqliteBroker, clock: FakeClock
) -> None:
    one.publish(frames(1))
    receive(one)
    began = clock()

    class Running(FakeClock):
        def __call__(self) -> int:
            self.advance(10)
            return self.at

    other._clock = Running(began)
    assert len(other.receive(FRAMES.name, 1, 20)) == 1


def test_an_extended_lease_holds(one: SqliteBroker, other: SqliteBroker, clock: FakeClock) -> None:
    one.publish(frames(1))
    deliveries = receive(one)
    for _ in range(5):
        clock.advance(20)
        one.renew_lease(deliveries)
    clock.advance(29)
    assert receive(other) == []
    one.publish_and_ack(deliveries, [])
    assert one.depths()[FRAMES.name].total == 0


def test_a_lease_that_has_ended_can_be_extended_unless_taken_over(
    one: SqliteBroker, other: SqliteBroker, clock: FakeClock
) -> None:
    one.publish(frames(2))
    first, second = receive(one)
    clock.advance(31)
    assert ids(receive(other, 1)) == ids([first])
    one.renew_lease([first, second])
    assert receive(other) == []
    one.publish_and_ack([second], [])
    assert one.depths()[FRAMES.name].total == 1


def test_acknowledged_after_the_lease_but_before_another_received_it(
    one: SqliteBroker, clock: FakeClock
) -> None:
    one.publish(frames(1))
    deliveries = receive(one)
    clock.advance(3600)
    one.publish_and_ack(deliveries, [encoded(1)])
    assert receive(one) == []
    assert one.depths()[FRAMES.name].total == 0


@pytest.mark.parametrize("how", ["publish_and_ack", "requeue", "dead_letter"])
def test_what_another_has_taken_over_is_let_alone(
    one: SqliteBroker, other: SqliteBroker, clock: FakeClock, how: str
) -> None:
    one.publish(frames(1))
    mine = receive(one)
    clock.advance(31)
    others = receive(other)
    if how == "publish_and_ack":
        one.publish_and_ack(mine, [encoded(1)])
        assert made(one) == ["encoded-1"]
    elif how == "requeue":
        one.requeue(mine)
    else:
        one.dead_letter(mine[0], "internal_error", "too late")
        assert one.dead_letters(10) == []
    assert receive(one) == []
    depth = one.depths()[FRAMES.name]
    assert (depth.ready, depth.unacked) == (0, 1)
    other.publish_and_ack(others, [])
    assert one.depths()[FRAMES.name].total == 0
    assert_consistent(one)


def test_a_clock_set_back_holds_nothing_up(one: SqliteBroker, other: SqliteBroker, clock: FakeClock) -> None:
    one.publish(frames(1))
    receive(one)
    clock.advance(-0.5)
    assert receive(other) == []
    clock.advance(-3600)
    assert [delivery.count for delivery in receive(other)] == [2]


def test_an_old_delivery_cannot_acknowledge_a_replay(one: SqliteBroker, other: SqliteBroker) -> None:
    one.publish(frames(1))
    old = receive(one)
    one.dead_letter(old[0], "truncated", "")
    assert one.replay([one.dead_letters(1)[0].dead_letter_id]) == 1
    new = receive(other)
    assert new[0].count == old[0].count
    one.publish_and_ack(old, [])
    assert one.depths()[FRAMES.name].unacked == 1


def test_an_old_delivery_cannot_acknowledge_a_new_message(one: SqliteBroker) -> None:
    one.publish([encoded(1)])
    old = receive(one, queue=ENCODED.name)
    one.publish_and_ack(old, [])
    assert rows(one, "messages") == {"messages": 0}
    one.publish([encoded(2)])
    new = receive(one, queue=ENCODED.name)
    one.publish_and_ack(old, [])
    assert one.depths()[ENCODED.name].total == 1
    one.publish_and_ack(new, [])
    assert one.depths()[ENCODED.name].total == 0


def test_closing_requeues_without_waiting_to_be_missed(one: SqliteBroker, other: SqliteBroker) -> None:
    one.publish(frames(2))
    receive(one)
    one.close()
    depth = other.depths()[FRAMES.name]
    assert (depth.ready, depth.unacked) == (2, 0)


def test_closing_signs_off_though_the_file_is_gone(tmp_path: Path, one: SqliteBroker) -> None:
    one.publish(frames(1))
    receive(one)
    number = one._owner.number()
    file(tmp_path).unlink()
    one.close()
    onlooker = Owner(tmp_path / "broker.db-owners")
    assert not onlooker.alive(number)
    onlooker.leave()
