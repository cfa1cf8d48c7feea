"""The broker: durable queues between the workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from marbleline.domain.wire import Headers


@dataclass(frozen=True, slots=True)
class Message:
    """``message_id`` is the frame's id. ``headers`` hold text and integers only."""

    message_id: str
    key: str
    headers: Headers
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message taken from a queue and not yet settled.

    ``tag`` is the adapter's own handle. ``count`` is 1 for the first delivery.
    """

    queue: str
    tag: int | str
    count: int
    message: Message


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be processed, kept with its reason until replayed or dropped.

    ``queue`` is where it came from and where a replay sends it. ``at`` is in microseconds UTC.
    """

    letter_id: str
    queue: str
    reason: str
    detail: str
    at: int
    message: Message


@dataclass(frozen=True, slots=True)
class Depth:
    """How full a queue is: messages waiting, messages taken but not settled, age of the oldest.

    ``oldest_at`` is when the oldest waiting message was published (microseconds UTC), None if empty
    or unknown to the broker.
    """

    ready: int
    taken: int
    oldest_at: int | None

    @property
    def total(self) -> int:
        """All messages that the queue holds."""
        return self.ready + self.taken


@dataclass(frozen=True, slots=True)
class Holdings:
    """Frames that the broker holds, for the ledger: camera -> frame_id -> sequence.

    ``pending``        frames in queues that hold frames without a verdict
    ``unrecorded``     frames whose verdict waits to be stored
    ``dead_lettered``  frames put away with a reason; not from queues of copies (``topology.holds_copies``):
                       the frame itself goes on. Likewise for ``dropped``
    ``dropped``        frames whose dead letters were dropped: gone for good, on the record that they are
    ``unknown``        messages in those queues that the broker can't look into (0 where it can); each
                       may be a frame that is in none of the mappings
    """

    pending: Mapping[str, Mapping[str, int]]
    unrecorded: Mapping[str, Mapping[str, int]]
    dead_lettered: Mapping[str, Mapping[str, int]]
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unknown: int = 0


class Subscription(Protocol):
    """A live feed for screens: bounded, oldest dropped first, gone when it is closed or abandoned."""

    def take(self, limit: int, wait_s: float) -> list[Message]:
        """Up to ``limit`` messages, oldest first; waits up to ``wait_s`` seconds for the first.

        Raises BrokerUnavailable.
        """
        ...

    def close(self) -> None:
        """Stop the feed. Never raises."""
        ...


class Broker(Protocol):
    """One worker's connection to the broker. Used by one thread at a time.

    Delivery is at least once: a message that was taken and neither settled nor extended within the
    adapter's lease, or whose taker died, is delivered again, with a higher ``count``. A message
    delivered more than ``topology.MAX_DELIVERIES`` times is dead-lettered as ``delivery_limit``.
    """

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish all; when it returns they are durable in every queue that their keys lead to.

        A message with the id and key of one that still waits may be there twice: consumers are
        idempotent by id.

        Raises BrokerFull if a queue's bound is reached, unless it gives way: publish all again later. Some
        may have been taken already; to take them again is harmless.
        Raises BrokerUnavailable: some may have arrived; publish all again later.
        """
        ...

    def take(self, queue: str, limit: int, wait_s: float) -> list[Delivery]:
        """Take up to ``limit`` messages, oldest first; waits up to ``wait_s`` seconds for the first.

        It doesn't linger for more once there is one. Raises BrokerUnavailable.
        """
        ...

    def hand_on(self, taken: Sequence[Delivery], made: Sequence[Message]) -> None:
        """Publish what was made of what was taken, and only then settle what was taken.

        With ``made`` empty it only settles. Settling what another consumer has taken over since is
        no error: the ids make it harmless. Raises as ``publish``; then nothing was settled.
        """
        ...

    def give_back(self, taken: Sequence[Delivery]) -> None:
        """Return messages unprocessed, to be delivered at once to any consumer.

        Raises BrokerUnavailable; the lease then returns them in its time.
        """
        ...

    def extend(self, taken: Sequence[Delivery]) -> None:
        """Renew the lease of slow work. Raises BrokerUnavailable."""
        ...

    def dead_letter(self, taken: Delivery, reason: str, detail: str) -> None:
        """Put a message away with its reason, durably, and settle it. Raises BrokerUnavailable."""
        ...

    def bury(self, queue: str, message: Message, reason: str, detail: str) -> None:
        """Put away a message that never went through a queue (refused at capture), durably.

        Raises BrokerUnavailable.
        """
        ...

    def dead_letters(self, limit: int, after: str | None = None, bodies: bool = True) -> list[DeadLetter]:
        """Dead letters, oldest first, after the given ``letter_id``; without their bodies where those
        are not asked for. Looking changes nothing. Raises BrokerUnavailable.
        """
        ...

    def replay(self, letter_ids: Sequence[str]) -> int:
        """Send dead letters back to the queue that each came from; returns how many were there.

        Atomic for each letter: it is in the queue or still put away, never in neither.
        Raises BrokerUnavailable, BrokerFull.
        """
        ...

    def drop(self, letter_ids: Sequence[str]) -> int:
        """Forget dead letters for good; returns how many were there.

        The ids and sequences of their frames are kept: ``holdings`` tells them as ``dropped`` from
        then on, so that the ledger still balances. Raises BrokerUnavailable.
        """
        ...

    def subscribe(self, patterns: Sequence[str], bound: int) -> Subscription:
        """Get a copy of every message published from now on whose key matches a pattern.

        Raises BrokerUnavailable.
        """
        ...

    def depths(self) -> dict[str, Depth]:
        """How full each queue of the topology is. Raises BrokerUnavailable."""
        ...

    def holdings(self) -> Holdings:
        """Which frames the broker holds. Raises BrokerUnavailable."""
        ...

    def check(self) -> None:
        """Returns if the broker can be used now; raises BrokerUnavailable with the cause."""
        ...

    def close(self) -> None:
        """Give back what was taken and disconnect. Never raises."""
        ...
