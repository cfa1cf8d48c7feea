"""Which product each line inspects, kept by the broker, and how cameras followed, kept by the store."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.domain.product_switch import ProductChange, ProductSwitch
from marbleline.ports.rejection import Rejection


class ProductSwitches(Protocol):
    """The newest switch of each line. Used by one thread at a time."""

    def switch_product(self, switch: ProductSwitch) -> None:
        """Make it the line's newest, durably; one with a lower ``switch_id`` than the newest changes nothing.

        Raises BrokerUnavailable: it may or may not have been kept.
        """
        ...

    def product_switch(self, line: str) -> ProductSwitch | None:
        """The line's newest switch, None if it was never switched.

        Sees every switch whose ``switch_product`` has returned. Raises BrokerUnavailable.
        """
        ...


class ProductChanges(Protocol):
    """Writes are idempotent by ``change_id``; a change is never changed."""

    def put_product_changes(self, changes: Sequence[ProductChange]) -> list[Rejection]:
        """Write changes; durable when it returns. Raises StoreUnavailable."""
        ...

    def product_changes(self, line: str, limit: int) -> list[ProductChange]:
        """The newest changes on a line, newest first (by ``change_id``). Sees all that were put.

        Raises StoreUnavailable.
        """
        ...
