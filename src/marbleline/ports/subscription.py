"""Live feeds of what is published, for screens and waiting workers."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.ports.message import Message


class Subscription(Protocol):
    """A live feed for screens: bounded, oldest dropped first, gone when it is closed or abandoned."""

    def receive(self, limit: int, wait_s: float) -> list[Message]:
        """Up to ``limit`` messages, oldest first; waits up to ``wait_s`` seconds for the first.

        Raises BrokerUnavailable.
        """
        ...

    def close(self) -> None:
        """Stop the feed. Never raises."""
        ...


class Subscriptions(Protocol):
    """Opens subscriptions. They need no queue of the topology and change none."""

    def subscribe(self, patterns: Sequence[str], max_length: int) -> Subscription:
        """Get a copy of every message published from now on whose key matches a pattern.

        Raises BrokerUnavailable.
        """
        ...
