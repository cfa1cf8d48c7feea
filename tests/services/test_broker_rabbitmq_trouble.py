"""What goes wrong around the RabbitMQ broker: restarts, dead nodes, alarms, slow work, strange queues."""

import asyncio
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology
from marbleline.adapters.brokers.rabbitmq.unacked_count import UnackedCounter
from marbleline.errors import BrokerFull, BrokerUnavailable, MessageTooLarge
from marbleline.ports.message import Message
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES
from tests.builders import (
    encoded_message,
    make_encoded,
    make_frame,
    make_verdict,
    verdict_message,
    wait_until,
)
from tests.contract.broker.base import WAIT_S, frames, ids, receive_all
from tests.services.authority import make_certificates
from tests.services.processes import free_ports
from tests.services.rabbitmq_node import RabbitNode
from tests.services.rabbitmq_support import channel_on, namespace_on
from tests.services.wire_cutter import Wire, WireCutter

# The broker may be away for so long: a restart on a busy machine.
RESTART_S = 120.0
BATCHES, BATCH = 40, 5

Make = Callable[..., RabbitMQBroker]


@pytest.fixture
def namespace(rabbitmq_node: RabbitNode) -> Iterator[str]:
    with namespace_on(rabbitmq_node.url) as name:
        yield name


@pytest.fixture
def make(rabbitmq_node: RabbitNode, namespace: str) -> Iterator[Make]:
    """Opens a broker on the node; all are closed at the end."""
    made: list[RabbitMQBroker] = []

    def broker(url: str = rabbitmq_node.url, worker: str = "trouble", **options: Any) -> RabbitMQBroker:
        made.append(RabbitMQBroker(url, worker=worker, namespace=namespace, **options))
        return made[-1]

    yield broker
    for one in made:
        one.close()


def succeeds(call: Callable[[], object]) -> bool:
    """Whether it went through; the broker may be away or full."""
    try:
        call()
    except (BrokerUnavailable, BrokerFull):
        return False
    return True


@pytest.mark.parametrize("end", [RabbitNode.kill, RabbitNode.stop], ids=["kill -9", "stop"])
def test_restarted_while_publishing_and_consuming(
    rabbitmq_node: RabbitNode, make: Make, end: Callable[[RabbitNode], None]
) -> None:
    sender, receiver = make(), make()
    receiver.check()
    promised: list[str] = []
    refused, stop = threading.Event(), threading.Event()
    acked: Counter[str] = Counter()

    def send(batch: list[Message]) -> bool:
        if succeeds(lambda: sender.publish(batch)):
            return True
        refused.set()
        return False

    def send_all() -> None:
        for number in range(BATCHES):
            batch = frames(BATCH, first=number * BATCH + 1)
            wait_until(partial(send, batch), limit_s=RESTART_S, what="the broker taking a batch")
            promised.extend(ids(batch))
            # Goes on until the broker was away, so that it is away in the middle.
            refused.wait(0.05)

    def receive_frames() -> None:
        while not stop.is_set():
            try:
                deliveries = receiver.receive(FRAMES.name, 3, 0.2)
                receiver.publish_and_ack(deliveries, [])
            except BrokerUnavailable:
                continue
            acked.update(ids(deliveries))

    threads = [threading.Thread(target=work) for work in (send_all, receive_frames)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(promised) > BATCH * BATCHES // 4, limit_s=RESTART_S)
        end(rabbitmq_node)
        assert refused.wait(RESTART_S)
        rabbitmq_node.start()
        threads[0].join(RESTART_S)
        assert len(promised) == BATCHES * BATCH
        wait_until(lambda: set(promised) <= set(acked), limit_s=RESTART_S)
    finally:
        stop.set()
        for thread in threads:
            thread.join(RESTART_S)
    # The copy for the record is safe too, whoever consumed the frame.
    records = receive_all(make(), FRAME_RECORDS.name, BATCHES * BATCH)
    assert set(promised) <= set(ids(records))


def test_the_first_node_of_the_list_is_dead(rabbitmq_node: RabbitNode, make: Make) -> None:
    [dead] = free_ports(1)
    url = f"amqp://guest:guest@127.0.0.1:{dead},127.0.0.1:{rabbitmq_node.ports.amqp}/"
    broker = make(url)
    broker.publish(frames(2))
    assert ids(receive_all(broker, FRAMES.name, 2)) == ids(frames(2))


def test_no_node_answers(make: Make) -> None:
    one, two = free_ports(2)
    broker = make(f"amqp://guest:guest@127.0.0.1:{one},127.0.0.1:{two}/")
    with pytest.raises(BrokerUnavailable, match=rf"127.0.0.1:{one}: .*127.0.0.1:{two}: "):
        broker.check()


@pytest.mark.parametrize(
    ("login", "said"),
    [("guest:wrong-secret@{}/", "check name and password"), ("guest:guest@{}/nowhere", "vhost|nowhere")],
    ids=["password", "vhost"],
)
def test_what_is_refused_is_named(rabbitmq_node: RabbitNode, make: Make, login: str, said: str) -> None:
    broker = make("amqp://" + login.format(f"127.0.0.1:{rabbitmq_node.ports.amqp}"))
    with pytest.raises(BrokerUnavailable, match=said) as caught:
        broker.check()
    assert "wrong-secret" not in str(caught.value)


def test_a_disk_alarm_holds_publishers_back_and_nobody_else(rabbitmq_node: RabbitNode, make: Make) -> None:
    broker = make(blocked_s=0.5)
    broker.publish(frames(4))
    deliveries = receive_all(broker, FRAMES.name, 4)
    number = iter(range(100, 10**6))
    rabbitmq_node.control("set_disk_free_limit", "100000GB")
    try:

        def held_back() -> bool:
            # The first may slip through before the alarm is raised.
            try:
                broker.publish(frames(1, first=next(number)))
            except BrokerFull as error:
                assert "disk" in str(error)
                return True
            return False

        wait_until(held_back, limit_s=60, what="publishing being held back")
        with pytest.raises(BrokerFull, match="disk"):
            broker.publish_and_ack(deliveries[:1], frames(1, first=next(number)))
        # What needs nothing published is settled meanwhile.
        broker.publish_and_ack(deliveries, [])
        broker.check()
    finally:
        rabbitmq_node.control("set_disk_free_limit", "50MB")
    last = frames(1, first=next(number))
    wait_until(lambda: succeeds(lambda: broker.publish(last)), limit_s=60)
    seen: set[str] = set()

    def comes() -> bool:
        more = broker.receive(FRAMES.name, 10, 1)
        broker.publish_and_ack(more, [])
        seen.update(ids(more))
        return set(ids(last)) <= seen

    wait_until(comes, limit_s=60, what="the last frame coming")
    assert not seen & set(ids(deliveries))


@pytest.mark.parametrize("unconfirmed", [False, True])
def test_a_broker_that_answers_no_good_bye_is_hung_up_on(
    rabbitmq_node: RabbitNode, make: Make, monkeypatch: pytest.MonkeyPatch, unconfirmed: bool
) -> None:
    url = urlsplit(rabbitmq_node.url)
    with closing(WireCutter(str(url.hostname), url.port or 5672)) as wire:

        def sockets() -> int:
            found = psutil.Process().net_connections("tcp")
            return sum(bool(one.raddr) and one.raddr.port == wire.port for one in found)

        through = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{wire.port}")
        broker = make(through.geturl(), confirm_s=0.5)
        broker.check()
        broker.publish(frames(1))
        assert sockets() == 2
        wire.state = Wire.HUNG
        if unconfirmed:
            # It gives this connection up, and can make no other.
            with pytest.raises(BrokerUnavailable, match="did not confirm"):
                broker.publish(frames(1, first=2))
        monkeypatch.setattr("marbleline.adapters.brokers.rabbitmq.broker.CLOSE_S", 0.2)
        broker.close()
        assert sockets() == 0


def test_work_longer_than_the_heartbeat_keeps_its_connection(make: Make) -> None:
    broker, other = make(heartbeat_s=2), make()
    broker.publish(frames(1))
    deliveries = receive_all(broker, FRAMES.name, 1)
    # The worker is busy for more than two heartbeats: RabbitMQ would have closed a silent connection.
    time.sleep(6)
    assert other.receive(FRAMES.name, 1, 0.3) == []
    broker.publish_and_ack(deliveries, [])
    wait_until(lambda: other.depths()[FRAMES.name].total == 0)


def test_a_lease_that_ran_out_goes_to_another(make: Make) -> None:
    broker, other = make(lease_s=0.5), make()
    broker.publish(frames(1))
    deliveries = receive_all(broker, FRAMES.name, 1)
    again = receive_all(other, FRAMES.name, 1)
    assert (ids(again), again[0].count) == (ids(deliveries), 2)
    other.publish_and_ack(again, [])
    broker.publish_and_ack(deliveries, [])
    # Who let it run out takes on like anybody else; the other would have it pushed ahead.
    other.close()
    broker.publish(frames(1, first=2))
    assert ids(receive_all(broker, FRAMES.name, 1)) == ids(frames(1, first=2))


def test_over_tls_with_the_nodes_authority(rabbitmq_node: RabbitNode, make: Make) -> None:
    broker = make(rabbitmq_node.tls_url, ca_file=rabbitmq_node.ca_file)
    broker.publish(frames(1))
    assert ids(receive_all(broker, FRAMES.name, 1)) == ids(frames(1))


def test_over_tls_another_authority_is_not_believed(
    rabbitmq_node: RabbitNode, make: Make, tmp_path: Path
) -> None:
    make_certificates(tmp_path / "other")
    broker = make(rabbitmq_node.tls_url, ca_file=tmp_path / "other" / "ca.pem")
    with pytest.raises(BrokerUnavailable, match="certificate verify failed"):
        broker.check()


def test_a_queue_that_differs_is_named(rabbitmq_node: RabbitNode, make: Make, namespace: str) -> None:
    name = RabbitMQTopology(namespace).name(ENCODED.name)
    with channel_on(rabbitmq_node.url) as channel:
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum", "x-max-length": 7})
    broker = make()
    with pytest.raises(BrokerUnavailable, match=rf"queue {name} .*x-[a-z-]+ differs.*delete_queue {name}"):
        broker.check()
    with channel_on(rabbitmq_node.url) as channel:
        channel.queue_delete(name)
    wait_until(lambda: succeeds(broker.check))


def test_a_queue_that_was_removed_is_made_anew(rabbitmq_node: RabbitNode, make: Make, namespace: str) -> None:
    broker = make()
    broker.publish(frames(1))
    with channel_on(rabbitmq_node.url) as channel:
        for queue in (FRAMES, FRAME_RECORDS):
            channel.queue_delete(RabbitMQTopology(namespace).name(queue.name))
    with pytest.raises(BrokerUnavailable, match="no queue takes frame"):
        broker.publish(frames(1, first=2))
    wait_until(lambda: succeeds(lambda: broker.publish(frames(1, first=2))))
    wait_until(lambda: ids(broker.receive(FRAMES.name, 1, WAIT_S)) == ids(frames(1, first=2)))


def test_a_message_that_is_too_large_is_told_with_the_brokers_limit(
    rabbitmq_node: RabbitNode, make: Make
) -> None:
    limit_message_size(rabbitmq_node, 100_000)
    try:
        broker = make()
        [small, large] = frames(2)
        large = replace(large, body=bytes(100_001))
        with pytest.raises(MessageTooLarge) as caught:
            broker.publish([small, large])
        assert caught.value.limit == 100_000
        # Others go on, and what is dead-lettered keeps what fits.
        broker.publish([small])
        broker.publish_dead_letter(FRAMES.name, large, "too_large", "100001 bytes")
        [dead_letter] = broker.dead_letters(10)
        assert (dead_letter.message.message_id, dead_letter.message.body) == (large.message_id, b"")
    finally:
        limit_message_size(rabbitmq_node, 134_217_728)


def limit_message_size(node: RabbitNode, limit: int) -> None:
    """As a restart with another setting does: RabbitMQ 3.10 reads the first, 4.0 the second."""
    first = f"application:set_env(rabbit, max_message_size, {limit})"
    node.control("eval", f"{first}, persistent_term:put(max_message_size, {limit}).")


def test_connections_are_called_after_their_worker(rabbitmq_node: RabbitNode, make: Make) -> None:
    worker = f"encoder-{secrets.token_hex(4)}"
    make(worker=worker).check()
    listed = rabbitmq_node.control("list_connections", "client_properties")
    assert f"{worker} (publishes)" in listed
    assert f"{worker} (takes)" in listed


def test_a_message_that_moves_on_while_queues_are_counted_is_not_missed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, works = make(worker="looks"), make(worker="works")
    frame = make_frame(1)
    works.publish([encoded_message(make_encoded(frame))])
    [deliveries] = works.receive(ENCODED.name, 1, WAIT_S)
    ask = UnackedCounter.ask

    async def after_it_was_acknowledged(self: UnackedCounter, consumers: Mapping[str, int]) -> dict[str, int]:
        """As the recorder's pause has it: judged and published just before the publisher is asked."""
        if ENCODED.name in consumers:
            await asyncio.to_thread(
                works.publish_and_ack, [deliveries], [verdict_message(make_verdict(frame=frame))]
            )
            wait_until(lambda: not works._holding()[ENCODED.name])
        return await ask(self, consumers)

    monkeypatch.setattr(UnackedCounter, "ask", after_it_was_acknowledged)
    assert looks.inventory().unknown == 1
