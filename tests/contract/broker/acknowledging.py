"""What was taken is settled once what was made of it is safe, or it comes again."""

import pytest

from marbleline.errors import BrokerFull
from marbleline.ports.broker import Broker
from marbleline.ports.message import Message
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES, MAX_DELIVERIES
from tests.builders import encoded_message, make_encoded, make_frame, wait_until
from tests.contract.broker.base import WAIT_S, BrokerContract, Connect, drain, frames, ids, receive_all


def encoded(number: int) -> Message:
    """An encoded frame; its body is of no account here."""
    whole = encoded_message(make_encoded(make_frame(number)))
    return Message(whole.message_id, whole.key, whole.headers, b"pixels")


def fill(broker: Broker) -> list[str]:
    """Publish encoded frames until the queue is full; the ids of those that were taken for certain."""
    deliveries: list[str] = []
    with pytest.raises(BrokerFull):
        for first in range(0, 3 * ENCODED.max_length, 250):
            batch = [encoded(number) for number in range(first, first + 250)]
            broker.publish(batch)
            deliveries += ids(batch)
    return deliveries


class Acknowledging(BrokerContract):
    def test_acknowledged_is_gone(self, broker: Broker, connect: Connect) -> None:
        broker.publish(frames(2))
        broker.publish_and_ack(receive_all(broker, FRAMES.name, 2), [])
        broker.close()
        again = connect()
        self.assert_quiet(again, FRAMES.name)
        again.close()

    def test_publish_and_ack_publishes_and_acknowledges(self, broker: Broker) -> None:
        broker.publish(frames(2))
        deliveries = receive_all(broker, FRAMES.name, 2)
        made = [encoded(1), encoded(2)]
        broker.publish_and_ack(deliveries, made)
        assert [one.message for one in receive_all(broker, ENCODED.name, 2)] == made
        self.assert_quiet(broker, FRAMES.name)

    def test_part_of_a_batch_can_be_acknowledged(self, broker: Broker) -> None:
        broker.publish(frames(4))
        deliveries = receive_all(broker, FRAMES.name, 4)
        broker.publish_and_ack([deliveries[1], deliveries[2]], [])
        broker.requeue([deliveries[0], deliveries[3]])
        again = receive_all(broker, FRAMES.name, 2)
        assert sorted(ids(again)) == sorted(ids([deliveries[0], deliveries[3]]))

    def test_requeued_comes_at_once_with_a_higher_count(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(2))
        deliveries = receive_all(broker, FRAMES.name, 2)
        broker.requeue(deliveries)
        again = receive_all(other, FRAMES.name, 2)
        assert sorted(ids(again)) == sorted(ids(deliveries))
        assert all(one.count > 1 for one in again)

    def test_closing_requeues(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(2))
        deliveries = receive_all(broker, FRAMES.name, 2)
        broker.close()
        assert sorted(ids(receive_all(other, FRAMES.name, 2))) == sorted(ids(deliveries))

    def test_settling_what_another_has_taken_over_is_no_error(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(1))
        mine = receive_all(broker, FRAMES.name, 1)
        broker.requeue(mine)
        others = receive_all(other, FRAMES.name, 1)
        broker.publish_and_ack(mine, [encoded(1)])
        other.renew_lease(others)
        other.publish_and_ack(others, [encoded(1)])
        other.publish_and_ack(others, [])
        broker.requeue(mine)
        broker.dead_letter(mine[0], "internal_error", "too late")
        self.assert_quiet(broker, FRAMES.name)
        made = drain(broker, ENCODED.name, self.idle_s)
        assert set(ids(made)) == {encoded(1).message_id}

    def test_work_with_a_renewed_lease_can_be_acknowledged(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(1))
        deliveries = receive_all(broker, FRAMES.name, 1)
        broker.renew_lease(deliveries)
        self.assert_quiet(other, FRAMES.name)
        broker.publish_and_ack(deliveries, [])
        wait_until(lambda: broker.depths()[FRAMES.name].total == 0)

    def test_a_full_queue_says_so_and_loses_nothing(self, broker: Broker) -> None:
        accepted = fill(broker)
        assert len(accepted) <= ENCODED.max_length
        half = receive_all(broker, ENCODED.name, ENCODED.max_length // 2)
        broker.publish_and_ack(half, [])
        broker.publish([encoded(50_000)])
        rest = drain(broker, ENCODED.name, self.idle_s)
        assert {*accepted, encoded(50_000).message_id} <= {*ids(half), *ids(rest)}

    def test_publishing_to_a_full_queue_acknowledges_nothing(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(1))
        deliveries = receive_all(broker, FRAMES.name, 1)
        fill(broker)
        with pytest.raises(BrokerFull):
            broker.publish_and_ack(
                deliveries, [encoded(number) for number in range(60_000, 60_000 + ENCODED.max_length)]
            )
        broker.requeue(deliveries)
        assert ids(receive_all(other, FRAMES.name, 1)) == ids(deliveries)

    def test_a_message_that_always_fails_is_dead_lettered(self, broker: Broker) -> None:
        sent = frames(1)
        broker.publish(sent)
        for attempt in range(MAX_DELIVERIES):
            (deliveries,) = receive_all(broker, FRAMES.name, 1)
            assert deliveries.count == attempt + 1
            broker.requeue([deliveries])
        self.assert_quiet(broker, FRAMES.name)
        wait_until(lambda: broker.dead_letters(10))
        (dead_letter,) = broker.dead_letters(10)
        assert (dead_letter.queue, dead_letter.reason, dead_letter.message) == (
            FRAMES.name,
            "delivery_limit",
            sent[0],
        )
        assert len(broker.receive(FRAME_RECORDS.name, 10, WAIT_S)) == 1
