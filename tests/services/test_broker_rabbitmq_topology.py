"""What somebody removes from RabbitMQ is declared again within seconds, and no frame is lost with it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from pika.exceptions import AMQPError

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker, topology, topology_watch
from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.pipeline.camera.handover import HandoverTiming
from marbleline.ports.topology import ENCODED, FRAMES, QUEUES
from tests.builders import wait_until
from tests.contract.broker.base import frames, ids
from tests.services.line_in_threads import LineInThreads
from tests.services.rabbitmq_node import RabbitNode
from tests.services.rabbitmq_support import channel_on, namespace_on
from tests.services.servers import RabbitServer

# Generous: recovery itself takes seconds, and the machine may be busy.
RECOVERY_S: Final = 120.0
FRAMES_EACH: Final = 60

Remove = Callable[[Any, RabbitMQTopology], object]


def _queue(name: str, channel: Any, layout: RabbitMQTopology) -> None:
    channel.queue_delete(layout.name(name))


def _exchange(which: str, channel: Any, layout: RabbitMQTopology) -> None:
    channel.exchange_delete(getattr(layout, which))


def _binding(queue: str, exchange: str, key: str, channel: Any, layout: RabbitMQTopology) -> None:
    channel.queue_unbind(layout.name(queue), getattr(layout, exchange), key)


def _purge(channel: Any, layout: RabbitMQTopology) -> None:
    channel.queue_purge(layout.name(FRAMES.name))


REMOVALS: Final[dict[str, Remove]] = {
    **{f"queue {one.name}": partial(_queue, one.name) for one in QUEUES},
    **{f"stream {one}": partial(_queue, one) for one in ("dead-letters", "dead-letter-log")},
    **{one: partial(_exchange, one) for one in ("exchange", "dead_exchange", "unacked_count")},
    **{
        f"binding {one.name} {pattern}": partial(_binding, one.name, "exchange", pattern)
        for one in QUEUES
        for pattern in one.patterns
    },
    **{
        f"binding {one}": partial(_binding, one, "dead_exchange", "")
        for one in ("dead-letters", "dead-letter-log")
    },
    "content of frames": _purge,
}


@pytest.fixture
def namespace(rabbitmq: RabbitServer) -> Iterator[str]:
    with namespace_on(rabbitmq.url) as name:
        yield name


def flows_on(line: LineInThreads, remove: Callable[[], object]) -> None:
    """Frames come before, while and after something is removed; all of them get on record once."""
    line.capture(FRAMES_EACH)
    wait_until(lambda: line.store.judged("camera-1", 10**9).verdicts > FRAMES_EACH // 3, RECOVERY_S)
    line.capture(FRAMES_EACH // 2)
    remove()
    line.capture(FRAMES_EACH)
    try:
        wait_until(line.acked, RECOVERY_S)
    except AssertionError as error:
        raise AssertionError(line.state()) from error
    captured = 2 * FRAMES_EACH + FRAMES_EACH // 2
    entry = line.ledger()
    assert (entry.captured, entry.judged, entry.gaps, entry.duplicates) == (captured, captured, 0, 0)
    assert line.images() == captured


@pytest.mark.parametrize("what", REMOVALS)
def test_frames_flow_on_when_it_is_removed(
    rabbitmq: RabbitServer, namespace: str, tmp_path: Path, what: str
) -> None:
    connect = partial(RabbitMQBroker, rabbitmq.url, worker="topology", namespace=namespace)
    with closing(LineInThreads(tmp_path, connect)) as line:

        def remove() -> None:
            with channel_on(rabbitmq.url) as channel:
                REMOVALS[what](channel, RabbitMQTopology(namespace))

        flows_on(line, remove)


def test_a_consumer_that_the_broker_forgot_is_opened_again(
    rabbitmq: RabbitServer, namespace: str, tmp_path: Path
) -> None:
    """About every third time that a quorum queue is declared right after it was deleted, RabbitMQ 3.10 counts
    its first messages as delivered to the old consumer and never pushes them."""
    connect = partial(RabbitMQBroker, rabbitmq.url, worker="topology", namespace=namespace)
    with closing(LineInThreads(tmp_path, connect, HandoverTiming(poll_s=0.2, patience_s=10**6))) as line:
        line.capture(FRAMES_EACH)
        wait_until(line.acked, RECOVERY_S)
        for _ in range(12):
            with channel_on(rabbitmq.url) as channel:
                channel.queue_delete(RabbitMQTopology(namespace).name(ENCODED.name))
            line.capture(4)
            # Nothing is published again here: what the encoder published is still in the broker.
            wait_until(line.acked, RECOVERY_S)


def test_a_consumer_to_which_nothing_comes_is_opened_again_now_and_then(
    rabbitmq: RabbitServer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marbleline.adapters.brokers.rabbitmq.consumer.IDLE_RENEW_S", 0.5)
    with closing(RabbitMQBroker(rabbitmq.url, worker="topology", namespace=namespace)) as broker:

        def opened() -> str:
            broker.receive(FRAMES.name, 1, 0.05)
            return broker._consumers[FRAMES.name]._consumer_tag

        # In doubt once because it is new; from then on because nothing comes.
        for _ in range(3):
            before = opened()
            wait_until(lambda before=before: opened() not in ("", before), RECOVERY_S, "another consumer")
        broker.publish(frames(1))
        wait_until(lambda: ids(broker.receive(FRAMES.name, 1, 0.5)) == ids(frames(1)), RECOVERY_S)


def test_a_queue_that_is_removed_just_before_it_is_declared_counts_as_new(
    rabbitmq: RabbitServer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else declares meanwhile: a queue that is deleted while it is declared can leave RabbitMQ 3.10
    unable to declare any other (docs/rabbitmq.md)."""
    found: list[topology.Declared] = []
    declare, look = topology.declare, topology._consumers
    encoded = RabbitMQTopology(namespace).name(ENCODED.name)

    async def look_and_remove(connection: AmqpConnection, queues: Sequence[str]) -> dict[str, int]:
        seen = await look(connection, queues)
        with channel_on(rabbitmq.url) as channel:
            channel.queue_delete(encoded)
        return seen

    async def declare_and_note(connection: AmqpConnection, layout: RabbitMQTopology) -> topology.Declared:
        found.append(await declare(connection, layout))
        return found[-1]

    def connect_and_declare() -> None:
        with closing(RabbitMQBroker(rabbitmq.url, worker="topology", namespace=namespace)) as broker:
            broker.check()

    connect_and_declare()
    with channel_on(rabbitmq.url) as consuming:
        consuming.basic_consume(encoded, lambda *_: None)
        monkeypatch.setattr(topology_watch, "declare", declare_and_note)
        monkeypatch.setattr(topology, "_consumers", look_and_remove)
        connect_and_declare()
    assert found[0].anew


def test_frames_flow_on_when_the_virtual_host_is_wiped(rabbitmq_node: RabbitNode, tmp_path: Path) -> None:
    vhost = "wiped"
    address = urlsplit(rabbitmq_node.url)
    connect = partial(RabbitMQBroker, address._replace(path=f"/{vhost}").geturl(), worker="topology")

    def make() -> None:
        rabbitmq_node.control("add_vhost", vhost)
        rabbitmq_node.control("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*")

    def wipe() -> None:
        rabbitmq_node.control("delete_vhost", vhost)
        make()

    make()
    with closing(LineInThreads(tmp_path, connect)) as line:
        flows_on(line, wipe)


@pytest.mark.parametrize("what", REMOVALS)
def test_it_is_declared_again_although_nothing_is_published(
    rabbitmq: RabbitServer, namespace: str, what: str
) -> None:
    layout = RabbitMQTopology(namespace)
    with closing(RabbitMQBroker(rabbitmq.url, worker="topology", namespace=namespace)) as broker:
        broker.receive(FRAMES.name, 1, 0.0)
        with channel_on(rabbitmq.url) as channel:
            REMOVALS[what](channel, layout)

        def whole() -> bool:
            return _is_whole(rabbitmq, layout)

        wait_until(whole, RECOVERY_S, what="the topology standing again")


def test_a_subscription_hears_again_when_its_binding_went_with_the_exchange(
    rabbitmq: RabbitServer, namespace: str
) -> None:
    with closing(RabbitMQBroker(rabbitmq.url, worker="topology", namespace=namespace)) as broker:
        feed = broker.subscribe(["frame.#"], 100)
        broker.receive(FRAMES.name, 1, 0.0)
        with channel_on(rabbitmq.url) as channel:
            channel.exchange_delete(RabbitMQTopology(namespace).exchange)
        wait_until(lambda: _is_whole(rabbitmq, RabbitMQTopology(namespace)), RECOVERY_S)
        number = iter(range(1, 10**6))

        def heard() -> bool:
            with contextlib.suppress(Exception):
                broker.publish(frames(1, first=next(number)))
            return bool(ids(feed.receive(10, 0.1)))

        wait_until(heard, RECOVERY_S, what="the subscription hearing again")
        feed.close()


def _is_whole(server: RabbitServer, layout: RabbitMQTopology) -> bool:
    """Whether all is there, looked at past the adapter; bindings only where the node can be asked."""
    try:
        with channel_on(server.url) as channel:
            for queue in (*(layout.name(one.name) for one in QUEUES), layout.bodies, layout.log):
                channel.queue_declare(queue, passive=True)
            for exchange in (layout.exchange, layout.dead_exchange, layout.unacked_count):
                channel.exchange_declare(exchange, passive=True)
    except AMQPError:
        return False
    if server.node is None:
        return True
    listed = server.node.control("list_bindings", "source_name", "destination_name", "routing_key")
    bound = {tuple(line.split("\t")) for line in listed.splitlines()}
    wanted = {
        (layout.exchange, layout.name(queue.name), pattern) for queue in QUEUES for pattern in queue.patterns
    }
    wanted |= {(layout.dead_exchange, stream, "") for stream in (layout.bodies, layout.log)}
    return wanted <= bound
