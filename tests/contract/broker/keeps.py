"""The adapter has the port's methods, with its parameters."""

import inspect

from marbleline.ports.broker import Broker, Subscription
from tests.contract.broker.base import BrokerContract


def methods(protocol: type) -> dict[str, list[str]]:
    """Public methods and their parameters' names."""
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in inspect.getmembers(protocol, inspect.isfunction)
        if not name.startswith("_")
    }


class Keeps(BrokerContract):
    def test_keeps_the_port(self, broker: Broker) -> None:
        kept = methods(type(broker))
        for name, parameters in methods(Broker).items():
            assert kept[name] == parameters, name

    def test_its_subscription_keeps_the_port(self, broker: Broker) -> None:
        subscription = broker.subscribe(["verdict.#"], 10)
        kept = methods(type(subscription))
        subscription.close()
        for name, parameters in methods(Subscription).items():
            assert kept[name] == parameters, name

    def test_says_that_it_can_be_used(self, broker: Broker) -> None:
        broker.check()
