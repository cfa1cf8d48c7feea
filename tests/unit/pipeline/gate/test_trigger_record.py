"""Triggers on their way to the record."""

import threading
from collections.abc import Sequence

from marbleline.domain.slab import SlabTrigger
from marbleline.errors import BrokerUnavailable
from marbleline.pipeline.gate.trigger_record import TriggerRecord
from marbleline.ports.message import Message
from marbleline.telemetry.health import Heartbeat
from tests.builders import START, wait_until


class Broker:
    """Takes what is published, unless it is away."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.away = False
        self.closed = False

    def publish(self, messages: Sequence[Message]) -> None:
        if self.away:
            raise BrokerUnavailable("unplugged")
        self.messages += messages

    def publish_dead_letter(self, queue: str, message: Message, reason: str, detail: str) -> None:
        raise AssertionError("a trigger is no dead letter")

    def check(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


def trigger(number: int) -> SlabTrigger:
    """One of a slab of four tiles."""
    return SlabTrigger(line="line-1", slab_id=f"s-{number}", trigger=number, at=START, tiles=4)


def test_triggers_wait_for_a_broker_that_is_away_and_come_in_order() -> None:
    broker, stop = Broker(), threading.Event()
    broker.away = True
    record = TriggerRecord(lambda: broker, "trigger.line-1")
    thread = threading.Thread(target=record.run, args=(stop, Heartbeat("triggers")), daemon=True)
    thread.start()
    for number in range(1, 251):
        record.note(trigger(number))
    broker.away = False
    wait_until(lambda: len(broker.messages) == 250, what="all triggers")
    stop.set()
    thread.join(10)

    assert [SlabTrigger.from_json(one.body).trigger for one in broker.messages] == list(range(1, 251))
    assert {one.key for one in broker.messages} == {"trigger.line-1"}
    assert len({one.message_id for one in broker.messages}) == 250
    assert broker.closed


def test_only_the_newest_are_kept_while_the_broker_is_away() -> None:
    broker, stop = Broker(), threading.Event()
    record = TriggerRecord(lambda: broker, "trigger.line-1")
    for number in range(1, 10_006):
        record.note(trigger(number))
    thread = threading.Thread(target=record.run, args=(stop, Heartbeat("triggers")), daemon=True)
    thread.start()
    wait_until(lambda: len(broker.messages) == 10_000, what="the newest triggers")
    stop.set()
    thread.join(10)

    assert broker.messages[0].headers["trigger"] == 6
