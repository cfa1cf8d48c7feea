"""Subscriptions: live, bounded, and of no bearing on the queues."""

from contextlib import closing

from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.ports.broker import Broker
from marbleline.ports.message import Message
from marbleline.ports.subscription import Subscription, Subscriptions
from marbleline.ports.topology import VERDICT_RECORDS
from tests.builders import make_verdict, report_message, verdict_message
from tests.contract.broker.base import WAIT_S, BrokerContract, ids, receive_all
from tests.contract.promises import assert_keeps


def verdicts(count: int, first: int = 1, camera: str = "camera-1") -> list[Message]:
    return [verdict_message(make_verdict(number, camera)) for number in range(first, first + count)]


def receive(feed: Subscription, count: int) -> list[Message]:
    """Take until there are ``count``; AssertionError if one of them doesn't come in time."""
    received: list[Message] = []
    until = now() + round(WAIT_S * 1_000_000)
    while len(received) < count:
        received += feed.receive(count - len(received), WAIT_S)
        assert now() < until, f"{len(received)} of {count} messages came"
    return received


class SubscriptionsSuite(BrokerContract):
    """What every broker keeps of ``ports.subscription``."""

    def test_keeps_the_port_of_subscriptions(self, broker: Broker) -> None:
        assert_keeps(broker, Subscriptions)

    def test_its_subscription_keeps_the_port(self, broker: Broker) -> None:
        with closing(broker.subscribe(["verdict.#"], 10)) as subscription:
            assert_keeps(subscription, Subscription)

    def test_everything_published_from_now_on(self, broker: Broker, other: Broker) -> None:
        broker.publish(verdicts(2))
        feed = broker.subscribe(["verdict.#"], 100)
        sent = verdicts(5, first=3)
        other.publish(sent)
        assert receive(feed, 5) == sent
        assert feed.receive(10, self.idle_s) == []
        feed.close()

    def test_only_keys_that_match(self, broker: Broker) -> None:
        feed = broker.subscribe(["verdict.*.camera-2.faulty", "camera.#"], 100)
        wanted = verdict_message(make_verdict(1, "camera-2", decision=Decision.FAULTY))
        report = report_message()
        unwanted = [*verdicts(2), verdict_message(make_verdict(2, "camera-2"))]
        broker.publish([*unwanted, wanted, report])
        assert receive(feed, 2) == [wanted, report]
        assert feed.receive(10, self.idle_s) == []
        feed.close()

    def test_each_gets_a_copy_and_the_queues_miss_nothing(self, broker: Broker, other: Broker) -> None:
        first, second = broker.subscribe(["verdict.#"], 100), other.subscribe(["verdict.#"], 100)
        sent = verdicts(3)
        broker.publish(sent)
        assert receive(first, 3) == sent
        assert receive(second, 3) == sent
        assert ids(receive_all(broker, VERDICT_RECORDS.name, 3)) == ids(sent)
        first.close()
        second.close()

    def test_the_oldest_are_dropped_beyond_the_bound(self, broker: Broker) -> None:
        feed = broker.subscribe(["verdict.#"], 5)
        sent = verdicts(30)
        for message in sent:
            broker.publish([message])
        received = receive(feed, 5)
        assert received[-1] == sent[-1]
        assert received == sent[-5:]
        feed.close()

    def test_closed_it_is_gone(self, broker: Broker) -> None:
        feed = broker.subscribe(["verdict.#"], 5)
        broker.publish(verdicts(2))
        feed.close()
        feed.close()
        broker.publish(verdicts(2, first=3))
        assert len(receive_all(broker, VERDICT_RECORDS.name, 4)) == 4
