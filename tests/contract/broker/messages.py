"""What a publisher and a consumer may rely on, whole."""

from marbleline.ports.broker import Broker, MessageConsumer, MessagePublisher
from marbleline.ports.connection import Connection
from tests.contract.broker.acknowledging import Acknowledging
from tests.contract.broker.delivery import Delivering
from tests.contract.broker.operations import Operations
from tests.contract.broker.processes import Processes
from tests.contract.broker.single_active import SingleActive
from tests.contract.promises import assert_keeps


class MessagesSuite(Delivering, Acknowledging, SingleActive, Processes, Operations):
    """What every broker keeps of ``ports.broker``, by concern, and of ``ports.connection``."""

    def test_keeps_the_ports_of_messages(self, broker: Broker) -> None:
        assert_keeps(broker, MessagePublisher, MessageConsumer, Connection)

    def test_says_that_it_can_be_used(self, broker: Broker) -> None:
        broker.check()
