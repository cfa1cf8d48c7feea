"""What the tests of the RabbitMQ broker share: names of their own, and a way to look behind the broker."""

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from tests.contract.broker.dead_letters import GIVING_WAY
from tests.contract.broker.single_active import SLABS


@contextmanager
def namespace_on(url: str) -> Iterator[str]:
    """A namespace for one test; what the test leaves in it is removed."""
    name = f"test-{secrets.token_hex(4)}"
    yield name
    remove(url, name)


def remove(url: str, namespace: str) -> None:
    """Remove all queues, streams and exchanges of a namespace."""
    layout = RabbitMQTopology(namespace)
    with channel_on(url) as channel:
        for queue in (*layout.queues, SLABS, GIVING_WAY):
            channel.queue_delete(layout.name(queue.name))
    for stream in (layout.bodies, layout.log, layout.product_switches):
        # One that its node has not brought back after kill -9 can't be removed either.
        with contextlib.suppress(ChannelClosedByBroker), channel_on(url) as channel:
            channel.queue_delete(stream)
    with channel_on(url) as channel:
        for exchange in (layout.exchange, layout.dead_exchange, layout.unacked_count):
            channel.exchange_delete(exchange)


@contextmanager
def channel_on(url: str, vhost: str = "%2f") -> Iterator[Any]:
    """A plain channel, past the adapter."""
    with closing(pika.BlockingConnection(pika.URLParameters(f"{url.rstrip('/')}/{vhost}"))) as connection:
        yield connection.channel()
