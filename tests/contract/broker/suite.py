"""What every broker keeps: one suite per port. A test class inherits ``BrokerSuite`` and says how to connect.

An adapter that keeps some of the ports inherits the suites of those. What an adapter can't keep is overridden
there with ``xfail(strict=True)`` and the reason.
"""

from tests.contract.broker.dead_letters import DeadLettersSuite
from tests.contract.broker.inventory import QueueInventorySuite
from tests.contract.broker.messages import MessagesSuite
from tests.contract.broker.product_switches import ProductSwitchesSuite
from tests.contract.broker.subscriptions import SubscriptionsSuite


class BrokerSuite(
    MessagesSuite, DeadLettersSuite, SubscriptionsSuite, QueueInventorySuite, ProductSwitchesSuite
):
    """Inherit, and provide the fixture ``connect``."""


__all__ = ["BrokerSuite"]
