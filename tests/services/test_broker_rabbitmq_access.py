"""The rights and the room that docs/rabbitmq.md asks for: they suffice, and less is named."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from marbleline.errors import BrokerUnavailable
from marbleline.ports.topology import FRAMES
from tests.builders import make_verdict, verdict_message, wait_until
from tests.contract.broker.base import WAIT_S, frames, ids, receive_all
from tests.services.rabbitmq_node import RabbitNode

RIGHTS = r"^(marbleline(\..*)?|amq\.gen-.*|amq\.default)$"


@dataclass(frozen=True, slots=True)
class Corner:
    """A virtual host with a user of its own that has no rights yet."""

    node: RabbitNode
    name: str

    @property
    def url(self) -> str:
        return f"amqp://{self.name}:p%40ss@127.0.0.1:{self.node.ports.amqp}/{self.name}"

    def permit(self, configure: str, write: str, read: str) -> None:
        self.node.control("set_permissions", "-p", self.name, self.name, configure, write, read)


@pytest.fixture
def corner(rabbitmq_node: RabbitNode) -> Iterator[Corner]:
    name = f"line-{secrets.token_hex(4)}"
    rabbitmq_node.control("add_vhost", name)
    rabbitmq_node.control("add_user", name, "p@ss")
    yield Corner(rabbitmq_node, name)
    rabbitmq_node.control("delete_vhost", name)
    rabbitmq_node.control("delete_user", name)


def test_the_rights_that_are_asked_for_suffice(corner: Corner) -> None:
    corner.permit(RIGHTS, RIGHTS, RIGHTS)
    with closing(RabbitMQBroker(corner.url, worker="rights")) as broker:
        feed = broker.subscribe(["verdict.#"], 10)
        verdict = verdict_message(make_verdict())
        broker.publish([*frames(3), verdict])
        assert feed.receive(1, WAIT_S) == [verdict]
        feed.close()
        one, two, three = receive_all(broker, FRAMES.name, 3)
        broker.publish_and_ack([one], [])
        broker.requeue([two])
        broker.dead_letter(three, "truncated", "ends early")
        assert broker.replay([broker.dead_letters(10)[0].dead_letter_id]) == 1
        again = receive_all(broker, FRAMES.name, 2)
        assert sorted(ids(again)) == sorted(ids([two, three]))
        broker.dead_letter(again[0], "truncated", "ends early")
        assert broker.discard([broker.dead_letters(10)[0].dead_letter_id]) == 1
        wait_until(
            lambda: (broker.depths()[FRAMES.name].ready, broker.depths()[FRAMES.name].unacked) == (0, 1)
        )


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        (("^$", RIGHTS, RIGHTS), "access to .*marbleline.* refused"),
        ((RIGHTS, "^$", RIGHTS), "access to .*marbleline.* refused"),
    ],
    ids=["configure", "write"],
)
def test_a_right_that_is_missing_is_named(corner: Corner, rights: tuple[str, str, str], said: str) -> None:
    corner.permit(*rights)
    with (
        closing(RabbitMQBroker(corner.url, worker="rights")) as broker,
        pytest.raises(BrokerUnavailable, match=said),
    ):
        broker.check()


def test_a_virtual_host_that_the_user_may_not_use_is_named(corner: Corner) -> None:
    with (
        closing(RabbitMQBroker(corner.url, worker="rights")) as broker,
        pytest.raises(BrokerUnavailable, match="vhost"),
    ):
        broker.check()
