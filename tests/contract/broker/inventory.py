"""How full the queues are and which frames the broker holds; both may lag a little behind."""

from collections.abc import Mapping

from marbleline.domain.clock import now
from marbleline.ports.broker import Broker
from marbleline.ports.inventory import QueueInventory
from marbleline.ports.topology import FRAME_RECORDS, FRAMES, QUEUES
from tests.builders import (
    SECOND,
    encoded_message,
    make_encoded,
    make_frame,
    make_verdict,
    report_message,
    verdict_message,
    wait_until,
)
from tests.contract.broker.base import BrokerContract, frames, receive_all
from tests.contract.promises import assert_keeps

Frames = Mapping[str, Mapping[str, int]]


def sequences(frames_: Frames) -> dict[str, set[int]]:
    return {camera: set(by_id.values()) for camera, by_id in frames_.items() if by_id}


class QueueInventorySuite(BrokerContract):
    """What every broker keeps of ``ports.inventory.QueueInventory``."""

    def test_keeps_the_port_of_the_inventory(self, broker: Broker) -> None:
        assert_keeps(broker, QueueInventory)

    def test_depths_of_an_empty_broker(self, broker: Broker) -> None:
        depths = broker.depths()
        assert set(depths) == {queue.name for queue in QUEUES}
        assert all((depth.total, depth.oldest_at) == (0, None) for depth in depths.values())

    def test_depths_tell_waiting_from_taken(self, broker: Broker, other: Broker) -> None:
        before = now()
        broker.publish(frames(5))
        deliveries = receive_all(broker, FRAMES.name, 2)
        wait_until(lambda: (other.depths()[FRAMES.name].ready, other.depths()[FRAMES.name].unacked) == (3, 2))
        oldest = other.depths()[FRAMES.name].oldest_at
        assert oldest is None or before - 2 * SECOND <= oldest <= now() + 2 * SECOND
        broker.publish_and_ack(deliveries, [])
        wait_until(lambda: other.depths()[FRAMES.name].total == 3)
        assert other.depths()[FRAME_RECORDS.name].ready == 5

    def test_holdings_of_an_empty_broker(self, broker: Broker) -> None:
        inventory = broker.inventory()
        assert not sequences(inventory.pending)
        assert not sequences(inventory.unrecorded)
        assert not sequences(inventory.dead_lettered)
        assert not sequences(inventory.discarded)
        assert inventory.unknown == 0

    def test_holdings_by_camera(self, broker: Broker) -> None:
        broker.publish([*frames(3), *frames(2, camera="camera-2"), report_message()])
        broker.publish([encoded_message(make_encoded(make_frame(3))), verdict_message(make_verdict(4))])
        (first, *_) = receive_all(broker, FRAMES.name, 2)
        broker.dead_letter(first, "truncated", "ends early")

        def found() -> bool:
            # A broker that can't look into its queues says of how many messages it knows nothing.
            inventory = broker.inventory()
            pending, unrecorded = sequences(inventory.pending), sequences(inventory.unrecorded)
            dead = sequences(inventory.dead_lettered)
            if inventory.unknown:
                return dead == {"camera-1": {1}} and inventory.unknown == 6 and not pending and not unrecorded
            return (pending, unrecorded, dead) == (
                {"camera-1": {2, 3}, "camera-2": {1, 2}},
                {"camera-1": {4}},
                {"camera-1": {1}},
            )

        wait_until(found)

    def test_a_copy_for_the_record_that_died_is_no_dead_frame(self, broker: Broker) -> None:
        broker.publish(frames(1))
        (record,) = receive_all(broker, FRAME_RECORDS.name, 1)
        broker.dead_letter(record, "rejected_by_store", "mapping conflict")
        wait_until(lambda: broker.dead_letters(10))
        assert not sequences(broker.inventory().dead_lettered)
        assert broker.discard([broker.dead_letters(10)[0].dead_letter_id]) == 1
        assert not sequences(broker.inventory().discarded)
