"""A queue with a single active consumer: what belongs together is collected in one place."""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from typing import Final

from marbleline.ports.broker import Broker
from marbleline.ports.message import Message
from marbleline.ports.topology import FRAMES, QUEUES, slab_queue
from tests.builders import make_tile, verdict_message
from tests.contract.broker.base import WAIT_S, BrokerContract, Connect, drain, frames, ids, receive_all

SLABS: Final = slab_queue("line-1")
_SPAWN = multiprocessing.get_context("spawn")
_START_S = 120.0


def tiles(count: int, first: int = 1) -> list[Message]:
    """Verdicts of tiles as the publisher publishes them."""
    numbers = range(first, first + count)
    return [verdict_message(make_tile(number, first + count)) for number in numbers]


def with_slabs(connect: Connect) -> Connect:
    """Connections that know the queue."""
    return partial(connect, queues=(*QUEUES, SLABS))


def become_active(connect: Connect, pipe: Connection) -> None:
    """Take two, say so, and wait for the end."""
    broker = connect()
    pipe.send(ids(receive_all(broker, SLABS.name, 2)))
    pipe.recv()


class SingleActive(BrokerContract):
    def test_one_of_two_gets_all_until_it_closes(self, connect: Connect) -> None:
        with closing(with_slabs(connect)()) as first, closing(with_slabs(connect)()) as second:
            first.publish(tiles(3))
            held = [*receive_all(first, SLABS.name, 1), *receive_all(first, SLABS.name, 2)]
            self.assert_quiet(second, SLABS.name)
            second.publish(tiles(2, first=4))
            self.assert_quiet(second, SLABS.name)
            more = receive_all(first, SLABS.name, 2)
            first.publish_and_ack(held[:1], [])
            first.close()
            again = receive_all(second, SLABS.name, 4)
            assert sorted(ids(again)) == sorted(ids([*held[1:], *more]))
            second.publish_and_ack(again, [])

    def test_another_takes_over_at_once_from_a_killed_one(self, connect: Connect) -> None:
        made = with_slabs(connect)
        with closing(made()) as broker:
            broker.publish(tiles(3))
            mine, theirs = _SPAWN.Pipe()
            child = _SPAWN.Process(target=become_active, args=(made, theirs), daemon=True)
            child.start()
            assert mine.poll(_START_S)
            held: Sequence[str] = mine.recv()
            self.assert_quiet(broker, SLABS.name)
            assert child.pid
            os.kill(child.pid, signal.SIGKILL)
            child.join(WAIT_S)
            deliveries = receive_all(broker, SLABS.name, 3)
            assert set(held) < set(ids(deliveries))
            broker.publish_and_ack(deliveries, [])

    def test_what_one_holds_is_told(self, broker: Broker, other: Broker) -> None:
        broker.publish(frames(3))
        acked, requeued, held = receive_all(broker, FRAMES.name, 3)
        assert all(broker.holds(one) for one in (acked, requeued, held))
        broker.publish_and_ack([acked], [])
        broker.requeue([requeued])
        again = receive_all(other, FRAMES.name, 1)
        assert [broker.holds(one) for one in (acked, requeued, held)] == [False, False, True]
        assert other.holds(again[0])
        broker.renew_lease([held])
        assert broker.holds(held)
        broker.publish_and_ack([held], [])
        other.publish_and_ack(again, [])
        assert drain(broker, FRAMES.name, self.idle_s) == []
