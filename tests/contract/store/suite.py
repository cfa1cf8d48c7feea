"""What every store keeps. A test class inherits ``StoreSuite`` and says how to connect.

What an adapter can't keep is overridden there with ``xfail(strict=True)`` and the reason.
"""

from tests.contract.store.asking import Asking
from tests.contract.store.counting import Counting
from tests.contract.store.forgetting import Forgetting
from tests.contract.store.remarks import Remarking
from tests.contract.store.writing import Writing


class StoreSuite(Writing, Asking, Counting, Remarking, Forgetting):
    """Inherit, and provide the fixture ``connect``."""


__all__ = ["StoreSuite"]
