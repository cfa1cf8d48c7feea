"""What the parts of the broker's suite share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import ClassVar

import pytest

from marbleline.domain.clock import now
from marbleline.ports.broker import Broker
from marbleline.ports.message import Delivery, Message
from tests.builders import frame_message, make_frame

# How long to wait for what has to come: it ends as soon as it is there.
WAIT_S = 20.0

Connect = Callable[[], Broker]


class BrokerContract:
    """``connect`` opens one more connection to a broker that is empty when the test begins.

    It is sent to other processes, so it has to be picklable: a function of a module, or a ``partial``
    of one or of a class.
    """

    # How long this broker is given to deliver what it mustn't.
    idle_s: ClassVar[float] = 0.3

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @pytest.fixture
    def broker(self, connect: Connect) -> Iterator[Broker]:
        with closing(connect()) as broker:
            yield broker

    @pytest.fixture
    def other(self, connect: Connect) -> Iterator[Broker]:
        with closing(connect()) as broker:
            yield broker

    def assert_quiet(self, broker: Broker, queue: str) -> None:
        """Nothing can be taken from the queue."""
        assert broker.receive(queue, 10, self.idle_s) == []


def frames(count: int, first: int = 1, camera: str = "camera-1") -> list[Message]:
    """Captured frames with bodies that differ."""
    return [
        frame_message(make_frame(number, camera), body=f"picture {number} of {camera}".encode())
        for number in range(first, first + count)
    ]


def ids(found: Sequence[Message | Delivery]) -> list[str]:
    """The frames' ids, in order."""
    return [one.message_id if isinstance(one, Message) else one.message.message_id for one in found]


def receive_all(broker: Broker, queue: str, count: int, wait_s: float = WAIT_S) -> list[Delivery]:
    """Take until there are ``count``; AssertionError if one of them doesn't come in time."""
    deliveries: list[Delivery] = []
    until = now() + round(wait_s * 1_000_000)
    while len(deliveries) < count:
        deliveries += broker.receive(queue, count - len(deliveries), wait_s)
        assert now() < until, f"{len(deliveries)} of {count} messages came within {wait_s} s"
    return deliveries


def drain(broker: Broker, queue: str, wait_s: float) -> list[Delivery]:
    """Take and settle whatever comes until none comes for ``wait_s`` seconds."""
    drained: list[Delivery] = []
    while deliveries := broker.receive(queue, 100, wait_s):
        broker.publish_and_ack(deliveries, [])
        drained += deliveries
    return drained
