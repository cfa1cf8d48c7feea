"""What every broker keeps. A test class inherits ``BrokerSuite`` and says how to connect.

What an adapter can't keep is overridden there with ``xfail(strict=True)`` and the reason.
"""

from tests.contract.broker.counting import Counting
from tests.contract.broker.delivery import Delivering
from tests.contract.broker.feeds import Feeding
from tests.contract.broker.keeps import Keeps
from tests.contract.broker.letters import PuttingAway
from tests.contract.broker.operations import Operations
from tests.contract.broker.processes import Processes
from tests.contract.broker.settling import Settling


class BrokerSuite(Delivering, Settling, PuttingAway, Feeding, Counting, Processes, Operations, Keeps):
    """Inherit, and provide the fixture ``connect``."""


__all__ = ["BrokerSuite"]
