"""The broker: durable queues between the workers."""

from collections.abc import Sequence
from typing import Protocol

from marbleline.ports.connection import Connection
from marbleline.ports.dead_letters import DeadLetters
from marbleline.ports.inventory import QueueInventory
from marbleline.ports.message import Delivery, Message
from marbleline.ports.product_switches import ProductSwitches
from marbleline.ports.subscription import Subscriptions


class MessagePublisher(Protocol):
    """Publishes messages durably. Used by one thread at a time."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish all; when it returns they are durable in every queue that their keys lead to.

        A message with the id and key of one that still waits may be there twice: consumers are
        idempotent by id.

        Raises BrokerFull if a queue has reached its ``max_length`` and rejects: publish all again later. Some
        may be in their queues already; to publish them again is harmless.
        Raises BrokerUnavailable: some may have arrived; publish all again later.
        Raises MessageTooLarge if the broker will never take one of them; some may have arrived.
        """
        ...

    def publish_dead_letter(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """Dead-letter a message that never went through a queue (refused at capture), durably.

        Raises BrokerUnavailable.
        """
        ...


class MessageConsumer(Protocol):
    """Takes messages from queues and acknowledges them. Used by one thread at a time.

    Delivery is at least once: a message that was received and neither acknowledged nor renewed within the
    adapter's lease, or whose consumer died, is delivered again, with a higher ``count``. A message
    delivered more than ``topology.MAX_DELIVERIES`` times is dead-lettered as ``delivery_limit``.

    A queue with ``single_active`` delivers to one consumer at a time: to the first that receives from it,
    and to another only when that one has closed, has died, or has neither received nor renewed for a lease.
    """

    def receive(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        """Take up to ``limit`` messages, oldest first; waits up to ``wait_s`` seconds for the first.

        It doesn't linger for more once there is one. Raises BrokerUnavailable.
        """
        ...

    def publish_and_ack(self, deliveries: Sequence[Delivery], made: Sequence[Message]) -> None:
        """Publish what was made of the deliveries, and only then acknowledge them.

        With ``made`` empty it only acknowledges. To acknowledge what another consumer has received since is
        no error: the ids make it harmless. Raises as ``publish``; then nothing was acknowledged.
        """
        ...

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return messages unprocessed, to be delivered at once to any consumer.

        Raises BrokerUnavailable; the lease then returns them in its time.
        """
        ...

    def renew_lease(self, deliveries: Sequence[Delivery]) -> None:
        """Renew the lease of slow work. Raises BrokerUnavailable."""
        ...

    def holds(self, delivery: Delivery) -> bool:
        """Whether a delivery is still this consumer's: not acknowledged, requeued, or gone to another since
        its lease ended or its connection was lost.

        For who collects several deliveries before it acknowledges any. Raises BrokerUnavailable.
        """
        ...

    def dead_letter(self, delivery: Delivery, reason: str, detail: str) -> None:
        """Dead-letter a message with its reason, durably, and acknowledge it. Raises BrokerUnavailable.

        A body that is too large for the broker is not kept, as in ``publish_dead_letter``.
        """
        ...


class Broker(
    MessagePublisher,
    MessageConsumer,
    Subscriptions,
    DeadLetters,
    QueueInventory,
    ProductSwitches,
    Connection,
    Protocol,
):
    """All that one connection of a broker adapter can do.

    Only ``bootstrap`` asks for it: a worker asks for those of its parts that it uses.
    """
