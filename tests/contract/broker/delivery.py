"""What is published arrives: whole, in order, in each queue that its key leads to, once per consumer."""

import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from marbleline.ports.broker import Broker
from marbleline.ports.message import Delivery, Message
from marbleline.ports.topology import ENCODED, FRAME_RECORDS, FRAMES, QUEUES, VERDICT_RECORDS, judged_key
from tests.builders import (
    encoded_message,
    frame_message,
    make_frame,
    report_message,
    verdict_message,
    wait_until,
)
from tests.contract.broker.base import WAIT_S, BrokerContract, Connect, drain, frames, ids, receive_all


class Delivering(BrokerContract):
    @pytest.mark.parametrize("body", [b"", b"\x00\xff" * 524_288], ids=["empty", "1 MB"])
    def test_a_message_comes_as_it_was_sent(self, broker: Broker, body: bytes) -> None:
        frame = make_frame(content=body, origin="Bänder/плита №7 大理石.jpg", slab_id="S 1/2")
        message = frame_message(frame, body)
        broker.publish([message])
        (delivery,) = broker.receive(FRAMES.name, 1, WAIT_S)
        assert delivery.message == message
        assert (delivery.queue, delivery.count) == (FRAMES.name, 1)

    def test_headers_keep_their_types(self, broker: Broker) -> None:
        headers: dict[str, str | int] = {
            "large": 1_750_000_000_123_457,
            "negative": -5,
            "digits": "12",
            "none": "",
        }
        broker.publish([Message("id-1", "frame.line-1.camera-1", headers, b"x")])
        (delivery,) = broker.receive(FRAMES.name, 1, WAIT_S)
        assert delivery.message.headers == headers
        assert {name: type(value) for name, value in delivery.message.headers.items()} == {
            name: type(value) for name, value in headers.items()
        }

    def test_a_trace_s_context_travels_with_the_message_wherever_it_goes(self, broker: Broker) -> None:
        headers: dict[str, str | int] = {
            **frame_message().headers,
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }
        with closing(broker.subscribe(["frame.#"], 10)) as feed:
            broker.publish([Message("id-1", "frame.line-1.camera-1", headers, b"x")])
            [heard] = feed.receive(10, WAIT_S)
        (deliveries,) = broker.receive(FRAMES.name, 1, WAIT_S)
        broker.dead_letter(deliveries, "corrupt", "for the test")
        wait_until(lambda: broker.dead_letters(1))
        (dead_letter,) = broker.dead_letters(1)
        broker.replay([dead_letter.dead_letter_id])
        (again,) = broker.receive(FRAMES.name, 1, WAIT_S)
        for message in (heard, deliveries.message, dead_letter.message, again.message):
            assert message.headers == headers

    @pytest.mark.parametrize(
        ("message", "queues"),
        [
            (frame_message(), {FRAMES.name, FRAME_RECORDS.name}),
            (replace(frame_message(), key=judged_key(make_frame())), {FRAME_RECORDS.name}),
            (encoded_message(), {ENCODED.name}),
            (verdict_message(), {VERDICT_RECORDS.name}),
            (report_message(), {FRAME_RECORDS.name}),
        ],
        ids=["frame", "judged", "encoded", "verdict", "report"],
    )
    def test_a_key_leads_to_its_queues(self, broker: Broker, message: Message, queues: set[str]) -> None:
        broker.publish([message])
        for name in queues:
            (delivery,) = broker.receive(name, 10, WAIT_S)
            assert delivery.message == message
        for queue in QUEUES:
            if queue.name not in queues:
                self.assert_quiet(broker, queue.name)

    def test_the_oldest_comes_first(self, broker: Broker) -> None:
        sent = frames(24)
        broker.publish(sent[:10])
        for message in sent[10:]:
            broker.publish([message])
        assert ids(receive_all(broker, FRAMES.name, 24)) == ids(sent)

    def test_no_more_are_taken_than_asked_for(self, broker: Broker) -> None:
        sent = frames(5)
        broker.publish(sent)
        first = receive_all(broker, FRAMES.name, 2)
        assert ids(first) == ids(sent[:2])
        assert len(broker.receive(FRAMES.name, 2, WAIT_S)) in (1, 2)

    def test_it_does_not_linger_for_more(self, broker: Broker) -> None:
        broker.publish(frames(1))
        began = time.monotonic()
        assert len(broker.receive(FRAMES.name, 10, WAIT_S)) == 1
        assert time.monotonic() - began < WAIT_S

    def test_it_waits_for_the_first(self, broker: Broker, connect: Connect) -> None:
        found: list[Delivery] = []

        def consume() -> None:
            consumer = connect()
            found.extend(consumer.receive(FRAMES.name, 10, WAIT_S))
            consumer.publish_and_ack(found, [])
            consumer.close()

        thread = threading.Thread(target=consume)
        thread.start()
        sent = frames(1)
        broker.publish(sent)
        thread.join(WAIT_S)
        assert ids(found) == ids(sent)

    def test_nothing_is_no_error(self, broker: Broker) -> None:
        broker.publish([])
        broker.publish_and_ack([], [])
        broker.requeue([])
        broker.renew_lease([])
        assert broker.receive(FRAMES.name, 1, 0) == []

    def test_what_one_has_taken_the_other_does_not_get(self, broker: Broker, other: Broker) -> None:
        sent = frames(6)
        broker.publish(sent)
        mine = receive_all(broker, FRAMES.name, 3)
        others = receive_all(other, FRAMES.name, 3)
        assert sorted(ids(mine + others)) == sorted(ids(sent))
        self.assert_quiet(other, FRAMES.name)

    def test_a_copy_acknowledged_in_one_queue_stays_in_the_other(self, broker: Broker) -> None:
        sent = frames(3)
        broker.publish(sent)
        assert len(drain(broker, FRAMES.name, self.idle_s)) == 3
        assert [one.message for one in receive_all(broker, FRAME_RECORDS.name, 3)] == sent
