"""MQTT sinks on a real mosquitto: they keep the port, and a killed or hung broker costs no verdict."""

import json
import logging
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.sinks.mqtt import MqttSink
from marbleline.domain.decision import Decision
from marbleline.domain.notification import Notification
from marbleline.errors import SinkRejected, SinkUnavailable
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.sink import sending
from marbleline.pipeline.slab import slab_message
from marbleline.ports.message import Message
from marbleline.ports.topology import QUEUES, sink_queue
from tests.builders import START, make_slab_verdict, make_verdict, verdict_message, wait_until
from tests.contract.sink_suite import Receiver, SinkSuite, notification
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.mosquitto_node import PASSWORD, USER, MosquittoNode
from tests.services.mqtt_reader import MqttReader

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311


def started(folder: Path, *settings: str) -> MosquittoNode:
    """A broker that runs. Skips or fails the test if there can't be one."""
    node = MosquittoNode(folder, *settings)
    try:
        node.start()
    except ServerMissing as error:
        skip_or_fail(error)
    return node


def opened(
    node: MosquittoNode,
    *,
    version: MQTTProtocolVersion = V5,
    password: str = PASSWORD,
    prefix: str = "",
    timeout_s: float = 5.0,
) -> MqttSink:
    """A sink as the worker opens it."""
    return MqttSink(
        "mes",
        node.url + prefix,
        "line-1",
        version=version,
        credentials=(USER, password),
        timeout_s=timeout_s,
    )


@pytest.fixture
def node(tmp_path: Path) -> Iterator[MosquittoNode]:
    node = started(tmp_path / "mosquitto")
    yield node
    node.remove()


@pytest.fixture
def reader(node: MosquittoNode) -> Iterator[MqttReader]:
    reader = MqttReader(node)
    yield reader
    reader.close()


class MqttReceiver(Receiver):
    """A mosquitto that is killed and started, and a subscriber with a persistent session."""

    def __init__(self, folder: Path, version: MQTTProtocolVersion) -> None:
        self._node = started(folder)
        self._reader = MqttReader(self._node)
        self._version = version

    def open(self) -> MqttSink:
        return opened(self._node, version=self._version)

    def received(self) -> list[bytes]:
        return [payload for _, payload in self._reader.up_to_date().messages("verdicts")]

    def stop(self) -> None:
        self._reader.forget_subscription()
        self._node.kill()

    def start(self) -> None:
        self._node.start()
        self._reader.wait_subscribed()

    def close(self) -> None:
        self._reader.close()
        self._node.remove()


class TestMqttSink(SinkSuite):
    @pytest.fixture(params=[V5, V311], ids=["5", "3.1.1"])
    def receiver(self, request: pytest.FixtureRequest, tmp_path: Path) -> Receiver:
        return MqttReceiver(tmp_path / "mosquitto", request.param)


def test_each_kind_has_its_topic_below_the_prefix(node: MosquittoNode, reader: MqttReader) -> None:
    sink = opened(node, prefix="/plant/hall-2")
    sink.send(notification(1))
    sink.close()
    topics = [topic for topic, _ in reader.up_to_date().messages("hall-2")]
    assert topics == [
        "plant/hall-2/line-1/availability",
        "plant/hall-2/line-1/verdicts/top/faulty",
        "plant/hall-2/line-1/availability",
    ]


def test_the_availability_is_retained_and_follows_a_kill_of_either_side(
    node: MosquittoNode, reader: MqttReader
) -> None:
    sink = opened(node)
    wait_until(lambda: reader.availability() == ["online"])
    late = MqttReader(node, "late")
    wait_until(lambda: late.availability() == ["online"])
    assert late.retained() == ["marbleline/line-1/availability"]
    late.close()
    # As if its process was killed: the connection ends without a DISCONNECT, and the broker says it.
    cut(sink)
    wait_until(lambda: reader.availability() == ["online", "offline", "online"], what="the last will")
    node.kill()
    reader.forget_subscription()
    node.start()
    reader.wait_subscribed()
    wait_until(lambda: reader.availability()[-1] == "online", what="online after the restart")
    sink.close()
    assert reader.up_to_date().availability()[-1] == "offline"


def test_a_wrong_password_is_told_without_it(node: MosquittoNode, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sink = opened(node, password="not-this-one")
    with pytest.raises(SinkUnavailable, match="refused the connection: Not authorized") as caught:
        sink.send(notification(1))
    sink.close()
    assert "not-this-one" not in str(caught.value) + caplog.text


def test_what_the_broker_denies_is_rejected(node: MosquittoNode, reader: MqttReader) -> None:
    denied = opened(node, prefix="/plant/forbidden")
    for _ in range(2):
        with pytest.raises(SinkRejected, match="0x87"):
            denied.send(notification(1))
    denied.close()
    reader.up_to_date()
    assert not reader.messages("verdicts")
    assert reader.availability()[-1] == "offline"


def test_what_is_too_large_for_the_broker_is_rejected(tmp_path: Path) -> None:
    small = started(tmp_path / "small", "max_packet_size 2000")
    sink = opened(small)
    with pytest.raises(SinkRejected, match="2000"):
        sink.send(Notification("1", "faulty", START, "line-1/verdicts/top/faulty", bytes(2000)))
    sink.send(Notification("2", "faulty", START, "line-1/verdicts/top/faulty", bytes(1500)))
    sink.close()
    small.remove()


def test_a_broker_that_hangs_gets_each_message_once_it_goes_on(
    node: MosquittoNode, reader: MqttReader
) -> None:
    sink = opened(node, timeout_s=0.2)
    sink.send(notification(1))
    node.pause()
    for _ in range(3):
        with pytest.raises(SinkUnavailable, match="no PUBACK"):
            sink.send(notification(2))
    node.resume()
    wait_until(lambda: sent(sink, 2))
    # Tried three times, and in flight once.
    bodies = [payload for _, payload in reader.up_to_date().messages("verdicts")]
    assert bodies == [notification(1).body, notification(2).body]
    sink.close()


def cut(sink: MqttSink) -> None:
    """End its connection without a DISCONNECT, as the death of its process does."""
    connection = sink._client.socket()
    assert connection is not None
    connection.shutdown(socket.SHUT_RDWR)


def sent(sink: MqttSink, number: int) -> bool:
    try:
        sink.send(notification(number))
    except SinkUnavailable:
        return False
    return True


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_over_tls_only_with_an_authority_that_vouches_for_the_broker(
    node: MosquittoNode, reader: MqttReader
) -> None:
    for ca_file in (None, node.ca_file):
        sink = MqttSink("mes", node.tls_url, "line-1", credentials=(USER, PASSWORD), ca_file=ca_file)
        if ca_file is None:
            with pytest.raises(SinkUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
                sink.send(notification(1))
        else:
            sink.send(notification(2))
        sink.close()
    assert [payload for _, payload in reader.up_to_date().messages("verdicts")] == [notification(2).body]


VERDICTS = 2_000
KILLS = 4


def test_a_broker_killed_during_2000_verdicts_gets_each_of_them(
    tmp_path: Path, node: MosquittoNode, reader: MqttReader
) -> None:
    events = ("good", "faulty", "review", "slab")
    queue = sink_queue("mes", events)
    broker = SqliteBroker(tmp_path / "broker.db", queues=(*QUEUES, queue))
    messages, ids = made(VERDICTS)
    broker.publish(messages)
    stop = threading.Event()
    sink = opened(node)
    work = threading.Thread(
        target=consume,
        args=(broker, queue.name, sending("mes", sink, events, 3600.0, lambda: START), Batching(1), stop),
    )
    work.start()
    for kill in range(1, KILLS + 1):
        wait_until(lambda at=kill * VERDICTS // (KILLS + 1): reader.count() >= at, limit_s=60)
        reader.forget_subscription()
        node.kill()
        node.start()
        reader.wait_subscribed()
    wait_until(lambda: broker.depths()[queue.name].total == 0, limit_s=60)
    stop.set()
    work.join(20)
    sink.close()
    broker.close()
    verdicts = reader.up_to_date().messages("verdicts") + reader.messages("slabs")
    got = Counter(json.loads(payload)["id"] for _, payload in verdicts)
    assert set(ids) <= set(got)
    duplicates = sum(got[one] for one in ids) - len(ids)
    print(f"{len(ids)} verdicts, {KILLS} kills of the MQTT broker: {duplicates} duplicates, 0 missing")


def made(count: int) -> tuple[list[Message], list[str]]:
    """So many verdicts of frames, of slabs every tenth, and their ids."""
    decisions = (Decision.GOOD, Decision.FAULTY, Decision.REVIEW)
    messages: list[Message] = []
    for number in range(1, count + 1):
        if number % 10 == 0:
            messages.append(slab_message(make_slab_verdict(number)))
        else:
            messages.append(verdict_message(make_verdict(number, decision=decisions[number % 3])))
    return messages, [message.message_id for message in messages]
