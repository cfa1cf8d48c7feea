"""What was taken is settled once what was made of it is safe, or it comes again."""

import pytest

from marbleline.errors import BrokerFull
from marbleline.ports.broker import Broker, Message
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES, MAX_DELIVERIES
from tests.builders import encoded_message, make_encoded, make_frame, wait_until
from tests.contract.broker.base import WAIT_S, BrokerContract, Connect, drain, frames, ids, take_all


def encoded(number: int) -> Message:
    """An encoded frame; its body is of no account here."""
    whole = encoded_message(make_encoded(make_frame(number)))
    return Message(whole.message_id, whole.key, whole.headers, b"pixels")


def fill(broker: Broker) -> list[str]:
    """Publish encoded frames until the queue is full; the ids of those that were taken for certain."""
    taken: list[str] = []
    with pytest.raises(BrokerFull):
        for first in range(0, 3 * ENCODED.bound, 250):
            batch = [encoded(number) for number in range(first, first + 250)]
            broker.publish(batch)
            taken += ids(batch)
    return taken


class Settling(BrokerContract):
    def test_settled_is_gone(self, broker: Broker, connect: Connect) -> None:
        broker.publish(frames(2))
        broker.hand_on(take_all(broker, FRAMES.name, 2), [])
        broker.close()
        again = connect()
        self.assert_quiet(again, FRAMES.name)
        again.close()

    def test_handing_on_publishes_and_settles(self, broker: Broker) -> None:
        broker.publish(frames(2))
        taken = take_all(broker, FRAMES.name, 2)
        made = [encoded(1), encoded(2)]
        broker.hand_on(taken, made)
        assert [one.message for one in take_all(broker, ENCODED.name, 2)] == made
        self.assert_quiet(broker, FRAMES.name)

    def test_part_of_a_batch_can_be_settled(self, broker: Broker) -> None:
        broker.publish(frames(4))
        taken = take_all(broker, FRAMES.name, 4)
        broker.hand_on([taken[1], taken[2]], [])
        broker.give_back([taken[0], taken[3]])
        again = take_all(broker, FRAMES.name, 2)
        assert sorted(ids(again)) == sorted(ids([taken[0], taken[3]]))

    def test_given_back_comes_at_once_with_a_higher_count(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(2))
        taken = take_all(broker, FRAMES.name, 2)
        broker.give_back(taken)
        again = take_all(other, FRAMES.name, 2)
        assert sorted(ids(again)) == sorted(ids(taken))
        assert all(one.count > 1 for one in again)

    def test_closing_gives_back(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(2))
        taken = take_all(broker, FRAMES.name, 2)
        broker.close()
        assert sorted(ids(take_all(other, FRAMES.name, 2))) == sorted(ids(taken))

    def test_settling_what_another_has_taken_over_is_no_error(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(1))
        mine = take_all(broker, FRAMES.name, 1)
        broker.give_back(mine)
        others = take_all(other, FRAMES.name, 1)
        broker.hand_on(mine, [encoded(1)])
        other.extend(others)
        other.hand_on(others, [encoded(1)])
        other.hand_on(others, [])
        broker.give_back(mine)
        broker.dead_letter(mine[0], "internal_error", "too late")
        self.assert_quiet(broker, FRAMES.name)
        made = drain(broker, ENCODED.name, self.quiet_s)
        assert set(ids(made)) == {encoded(1).message_id}

    def test_extended_work_can_be_settled(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(1))
        taken = take_all(broker, FRAMES.name, 1)
        broker.extend(taken)
        self.assert_quiet(other, FRAMES.name)
        broker.hand_on(taken, [])
        wait_until(lambda: broker.depths()[FRAMES.name].total == 0)

    def test_a_full_queue_says_so_and_loses_nothing(self, broker: Broker) -> None:
        accepted = fill(broker)
        assert len(accepted) <= ENCODED.bound
        half = take_all(broker, ENCODED.name, ENCODED.bound // 2)
        broker.hand_on(half, [])
        broker.publish([encoded(50_000)])
        rest = drain(broker, ENCODED.name, self.quiet_s)
        assert {*accepted, encoded(50_000).message_id} <= {*ids(half), *ids(rest)}

    def test_handing_on_to_a_full_queue_settles_nothing(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(1))
        taken = take_all(broker, FRAMES.name, 1)
        fill(broker)
        with pytest.raises(BrokerFull):
            broker.hand_on(taken, [encoded(number) for number in range(60_000, 60_000 + ENCODED.bound)])
        broker.give_back(taken)
        assert ids(take_all(other, FRAMES.name, 1)) == ids(taken)

    def test_a_message_that_always_fails_is_put_away(self, broker: Broker) -> None:
        sent = frames(1)
        broker.publish(sent)
        for attempt in range(MAX_DELIVERIES):
            (taken,) = take_all(broker, FRAMES.name, 1)
            assert taken.count == attempt + 1
            broker.give_back([taken])
        self.assert_quiet(broker, FRAMES.name)
        wait_until(lambda: broker.dead_letters(10))
        (letter,) = broker.dead_letters(10)
        assert (letter.queue, letter.reason, letter.message) == (FRAMES.name, "delivery_limit", sent[0])
        assert len(broker.take(FRAME_RECORDS.name, 10, WAIT_S)) == 1
