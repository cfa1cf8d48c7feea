"""What every sink keeps. A test class inherits it and says how its receiver is read, stopped and started."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator

import pytest

from marbleline.domain.notification import Notification
from marbleline.errors import SinkUnavailable
from marbleline.ports.sink import Sink
from tests.builders import START


class Receiver(ABC):
    """Whom a sink sends to."""

    @abstractmethod
    def open(self) -> Sink:
        """A sink as the worker makes it at its start."""

    @abstractmethod
    def received(self) -> list[bytes]:
        """The bodies that the receiver has, in the order in which they came."""

    @abstractmethod
    def stop(self) -> None:
        """Make the receiver unavailable."""

    @abstractmethod
    def start(self) -> None:
        """Make it available again, with what it has received."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """End what runs beside the sink."""


def notification(number: int, event: str = "faulty") -> Notification:
    """The notification of this number: the same number, the same notification."""
    name = f"0197a1b2-{number:04}"
    topic = f"line-1/verdicts/top/{event}"
    return Notification(name, event, START + number, topic, f'{{"id":"{name}","type":"{event}"}}'.encode())


class SinkSuite:
    """Inherit, and provide the fixture ``receiver``."""

    @pytest.fixture
    def sink(self, receiver: Receiver) -> Iterator[Sink]:
        sink = receiver.open()
        yield sink
        sink.close()
        receiver.close()

    def test_keeps_the_port(self, sink: Sink) -> None:
        for name, promised in inspect.getmembers(Sink, inspect.isfunction):
            if not name.startswith("_"):
                kept = inspect.getattr_static(type(sink), name)
                assert list(inspect.signature(kept).parameters) == list(
                    inspect.signature(promised).parameters
                )

    def test_when_send_returns_the_receiver_has_it(self, sink: Sink, receiver: Receiver) -> None:
        for number in range(3):
            sink.send(notification(number))
            assert receiver.received() == [notification(one).body for one in range(number + 1)]

    @pytest.mark.parametrize("event", ["good", "faulty", "review", "slab", "alarm"])
    def test_every_event_is_sent(self, sink: Sink, receiver: Receiver, event: str) -> None:
        sink.send(notification(1, event))
        assert receiver.received() == [notification(1, event).body]

    def test_sent_again_it_can_be_told_by_its_id(self, sink: Sink, receiver: Receiver) -> None:
        sink.send(notification(1))
        sink.send(notification(1))
        assert set(receiver.received()) == {notification(1).body}

    def test_an_unavailable_receiver_is_told_later_by_the_same_sink(
        self, sink: Sink, receiver: Receiver
    ) -> None:
        sink.send(notification(1))
        receiver.stop()
        for _ in range(2):
            with pytest.raises(SinkUnavailable, match=r".+"):
                sink.send(notification(2))
        receiver.start()
        sink.send(notification(2))
        assert receiver.received() == [notification(1).body, notification(2).body]

    def test_a_receiver_may_start_after_the_sink(self, receiver: Receiver) -> None:
        receiver.stop()
        sink = receiver.open()
        with pytest.raises(SinkUnavailable):
            sink.send(notification(1))
        receiver.start()
        sink.send(notification(1))
        sink.close()
        receiver.close()

    def test_can_be_closed_twice_and_before_it_was_used(self, receiver: Receiver) -> None:
        sink = receiver.open()
        sink.close()
        sink.close()
        receiver.close()
