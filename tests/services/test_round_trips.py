"""How often a worker waits for a server: once for a batch, whatever else the machine does.

Times are for ``make bench``; these are what stays the same on the noisiest machine.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from pika.channel import Channel
from pika.connection import Connection

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker, topology_watch
from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection
from marbleline.adapters.brokers.rabbitmq.topology import Declared, RabbitMQTopology
from marbleline.domain.decision import Decision
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import FRAMES
from tests.builders import (
    encoded_message,
    frame_message,
    make_encoded,
    make_frame,
    make_record,
    make_verdict,
    wait_until,
)
from tests.contract.broker.base import receive_all
from tests.services.elasticsearch_proxy import Proxy, Seen
from tests.services.elasticsearch_support import Bench
from tests.services.rabbitmq_support import namespace_on
from tests.services.servers import RabbitServer
from tests.services.wire_cutter import Wire, WireCutter

BATCH = 4  # as much as a socket holds that nobody reads
BODY = 1_000


@pytest.fixture
def wire(rabbitmq: RabbitServer) -> Iterator[WireCutter]:
    address = urlsplit(rabbitmq.url)
    cutter = WireCutter(str(address.hostname), address.port or 5672)
    yield cutter
    cutter.close()


@pytest.fixture
def broker(rabbitmq: RabbitServer, wire: WireCutter) -> Iterator[RabbitMQBroker]:
    url = urlsplit(rabbitmq.url)
    through = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{wire.port}").geturl()
    with (
        namespace_on(rabbitmq.url) as namespace,
        closing(RabbitMQBroker(through, worker="trips", namespace=namespace)) as made,
    ):
        yield made


def at_one_go(wire: WireCutter, act: Callable[[], object], size: int) -> None:
    """``act`` sends so many bytes before it waits for the first answer."""
    wait_until(lambda: not wire.held())
    wire.state = Wire.HUNG  # a few bytes of the worker's other threads may be held from here on
    acting = threading.Thread(target=act)
    acting.start()
    try:
        wait_until(lambda: wire.held() >= size, what=f"{size} bytes sent without an answer")
    finally:
        wire.state = Wire.WHOLE
        acting.join(20)
    assert not acting.is_alive()


def pictures() -> list[Message]:
    return [
        frame_message(make_frame(number), body=secrets.token_bytes(BODY)) for number in range(1, BATCH + 1)
    ]


def asked(proxy: Proxy) -> list[str]:
    return [one.path.partition("?")[0] for one in proxy.seen]


def test_a_batch_of_pictures_waits_for_its_confirms_once(broker: RabbitMQBroker, wire: WireCutter) -> None:
    broker.publish([frame_message(make_frame(99), body=b"connects")])
    at_one_go(wire, partial(broker.publish, pictures()), BATCH * BODY)


def test_a_batch_is_published_and_acknowledged_with_one_wait(
    broker: RabbitMQBroker, wire: WireCutter
) -> None:
    broker.publish(pictures())
    deliveries: Sequence[Delivery] = receive_all(broker, FRAMES.name, BATCH)
    made = [encoded_message(make_encoded(make_frame(number))) for number in range(1, BATCH + 1)]
    at_one_go(wire, partial(broker.publish_and_ack, deliveries, made), sum(len(one.body) for one in made))
    wait_until(lambda: broker.depths()[FRAMES.name].total == 0)


def test_a_batch_is_acknowledged_at_once_and_without_what_is_still_held(
    broker: RabbitMQBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, bool]] = []
    ack = Channel.basic_ack

    def counting(channel: Channel, delivery_tag: int = 0, multiple: bool = False) -> None:
        sent.append((delivery_tag, multiple))
        ack(channel, delivery_tag, multiple)

    monkeypatch.setattr(Channel, "basic_ack", counting)
    broker.publish(pictures())
    held, *batch = sorted(receive_all(broker, FRAMES.name, BATCH), key=lambda one: one.message.message_id)
    broker.publish_and_ack(batch[-1:], [])
    broker.requeue([held])
    broker.publish_and_ack(batch[:-1], [])
    wait_until(lambda: broker.depths()[FRAMES.name].total == 1)
    assert sent == [(BATCH, False), (BATCH - 1, True)], (
        "the last alone, as the others were held; then they at once"
    )
    [again] = receive_all(broker, FRAMES.name, 1)
    assert again.message.message_id == held.message.message_id
    broker.publish_and_ack([again], [])


def test_what_stands_is_declared_again_without_opening_channels(
    broker: RabbitMQBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    at_each: list[int] = []
    channel, declare = Connection.channel, topology_watch.declare

    def opening(connection: Connection, *args: Any, **kwargs: Any) -> Channel:
        opened.append(connection)
        return channel(connection, *args, **kwargs)

    async def declaring(connection: AmqpConnection, layout: RabbitMQTopology) -> Declared:
        at_each.append(len(opened))
        return await declare(connection, layout)

    monkeypatch.setattr(Connection, "channel", opening)
    monkeypatch.setattr(topology_watch, "declare", declaring)
    monkeypatch.setattr(topology_watch, "CHECK_S", 0.05)
    monkeypatch.setattr(topology_watch, "FRESH_S", 0.0)
    broker.receive(FRAMES.name, 1, 0.0)
    regular = 3  # those before prepare connections, or follow a queue that was made
    wait_until(lambda: len(at_each) >= regular + 4, 30)
    assert at_each[regular + 1] == at_each[regular + 3]


def documents(request: Seen) -> list[str]:
    """Which index each document of a bulk request goes to, without the store's prefix and the period."""
    actions = [json.loads(line) for line in request.body.splitlines()[::2]]
    return [next(iter(one.values()))["_index"].split("-")[2] for one in actions]


def test_a_batch_of_the_record_is_one_request_and_a_batch_of_verdicts_two(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    store.put_frames([make_record(99)])
    store.put_verdicts([make_verdict(99, decision=Decision.REVIEW)])
    proxy.seen.clear()
    store.put_frames([make_record(number) for number in range(1, BATCH + 1)])
    assert asked(proxy) == ["/_bulk"]
    proxy.seen.clear()
    decisions = [Decision.REVIEW, *[Decision.GOOD] * (BATCH - 1)]
    store.put_verdicts([make_verdict(n, decision=one) for n, one in enumerate(decisions, 1)])
    assert asked(proxy) == ["/_bulk", "/_bulk"]
    verdicts, beside = proxy.seen
    assert documents(verdicts) == ["verdicts"] * BATCH
    assert documents(beside) == [*["judged"] * BATCH, "review_queue"]
