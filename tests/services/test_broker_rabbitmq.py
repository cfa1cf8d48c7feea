"""The broker on RabbitMQ keeps the port."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import pytest

from marbleline.adapters.brokers.rabbitmq import RabbitMQBroker
from tests.contract.broker.base import Connect
from tests.contract.broker.suite import BrokerSuite
from tests.services.rabbitmq_support import namespace_on
from tests.services.servers import RabbitServer


class TestRabbitBroker(BrokerSuite):
    histories: ClassVar[int] = 12

    @pytest.fixture
    def connect(self, rabbitmq: RabbitServer) -> Iterator[Connect]:
        with namespace_on(rabbitmq.url) as namespace:
            yield partial(RabbitMQBroker, rabbitmq.url, worker="suite", namespace=namespace, ahead=0)
