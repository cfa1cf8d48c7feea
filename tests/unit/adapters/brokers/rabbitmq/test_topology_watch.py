"""The connections of a process share the regular declaring of what stands in the broker."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, cast

import pytest

from marbleline.adapters.brokers.rabbitmq import topology_watch
from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection
from marbleline.adapters.brokers.rabbitmq.topology import Declared, RabbitMQTopology
from marbleline.adapters.brokers.rabbitmq.topology_watch import TopologyWatch
from marbleline.errors import BrokerUnavailable

READY = {"frames": 3}
NO_CONNECTION = cast("AmqpConnection", None)


class Broker:
    """Counts how often it is declared to."""

    def __init__(self) -> None:
        self.declared = 0
        self.away = False

    async def declare(self, connection: AmqpConnection, layout: RabbitMQTopology) -> Declared:
        self.declared += 1
        if self.away:
            raise BrokerUnavailable("away")
        return Declared(READY, anew=False)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    made = Broker()
    monkeypatch.setattr(topology_watch, "declare", made.declare)
    monkeypatch.setattr(topology_watch, "FRESH_S", 3600.0)
    yield made
    topology_watch._checks.clear()


async def _nothing() -> None:
    pass


def watch(
    ready: Callable[[Mapping[str, int]], None] = lambda ready: None, address: str = "amqp://one"
) -> TopologyWatch:
    """A watch of a worker that consumes."""
    made = TopologyWatch(address, (), RabbitMQTopology("shared"), ready, _nothing, _nothing)
    made._regularly = True
    return made


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_one_connection_of_a_process_declares_and_all_are_told_what_waits(broker: Broker) -> None:
    told: list[Mapping[str, int]] = []

    async def check() -> None:
        for one in (watch(told.append), watch(told.append)):
            await one._check(NO_CONNECTION, suspected=False)

    run(check())
    assert (broker.declared, told) == (1, [READY, READY])


def test_each_declares_where_something_is_suspected(broker: Broker) -> None:
    async def check() -> None:
        for one in (watch(), watch()):
            await one._check(NO_CONNECTION, suspected=True)

    run(check())
    assert broker.declared == 2


def test_another_declares_when_the_first_could_not(broker: Broker) -> None:
    async def check() -> None:
        broker.away = True
        await watch()._check(NO_CONNECTION, suspected=False)
        broker.away = False
        for one in (watch(), watch()):
            await one._check(NO_CONNECTION, suspected=False)

    run(check())
    assert broker.declared == 2


def test_again_when_the_last_time_is_long_enough_ago(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology_watch, "FRESH_S", 0.0)

    async def check() -> None:
        for one in (watch(), watch()):
            await one._check(NO_CONNECTION, suspected=False)

    run(check())
    assert broker.declared == 2


def test_nothing_is_shared_between_brokers(broker: Broker) -> None:
    async def check() -> None:
        for address in ("amqp://one", "amqp://two"):
            await watch(address=address)._check(NO_CONNECTION, suspected=False)

    run(check())
    assert broker.declared == 2
