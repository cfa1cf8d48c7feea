"""Messages that could not be processed: list them, replay them, discard them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from marbleline.ports.message import Message


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be processed, kept with its reason until replayed or discarded.

    ``queue`` is where it came from and where a replay sends it. ``at`` is in microseconds UTC.
    """

    dead_letter_id: str
    queue: str
    reason: str
    detail: str
    at: int
    message: Message


class DeadLetters(Protocol):
    """The dead letters of all queues. Used by one thread at a time."""

    def dead_letters(self, limit: int, after: str | None = None, bodies: bool = True) -> list[DeadLetter]:
        """Dead letters, oldest first, after the given ``dead_letter_id``; without their bodies where those
        are not asked for. Looking changes nothing. Raises BrokerUnavailable.
        """
        ...

    def replay(self, dead_letter_ids: Sequence[str]) -> int:
        """Send dead letters back to the queue that each came from; returns how many were there.

        Atomic for each dead letter: its message is in the queue or still dead-lettered, never in neither.
        Raises BrokerUnavailable, BrokerFull.
        """
        ...

    def discard(self, dead_letter_ids: Sequence[str]) -> int:
        """Forget dead letters for good; returns how many were there.

        The ids and sequences of their frames are kept: ``inventory`` tells them as ``discarded`` from
        then on, so that the ledger still balances. Raises BrokerUnavailable.
        """
        ...
