"""A connection that is given up leaves no socket behind, whatever it had come to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import psutil
import pytest

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.errors import BrokerUnavailable

LIMIT_S = 20.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(LIMIT_S)
        yield server


def sockets_to(port: int) -> int:
    """How many sockets this process has whose other end is the port."""
    connections = psutil.Process().net_connections("tcp")
    return sum(1 for one in connections if one.raddr and one.raddr.port == port)


def test_closed_while_the_other_end_says_nothing(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    broker = RabbitMQBroker(f"amqp://guest:guest@127.0.0.1:{port}/", worker="test", namespace="test")

    def check() -> None:
        with suppress(BrokerUnavailable):
            broker.check()

    asking = threading.Thread(target=check)
    asking.start()
    near, _ = listener.accept()
    with near:
        near.settimeout(LIMIT_S)
        assert near.recv(8) == b"AMQP\0\0\x09\x01"
        broker.close()
        asking.join(LIMIT_S)
        assert sockets_to(port) == 0
