"""What the broker's queues hold: how many messages, and which frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Depth:
    """How full a queue is, in RabbitMQ's words.

    ``ready``      messages that wait for a consumer
    ``unacked``    messages that a consumer has taken and not yet acknowledged
    ``oldest_at``  when the oldest ready message was published (microseconds UTC), None if there is none
                   or the broker doesn't know
    """

    ready: int
    unacked: int
    oldest_at: int | None

    @property
    def total(self) -> int:
        """All messages that the queue holds."""
        return self.ready + self.unacked


@dataclass(frozen=True, slots=True)
class Inventory:
    """Frames that the broker holds, for the ledger: camera -> frame_id -> sequence.

    ``pending``        frames in queues that hold frames without a verdict
    ``unrecorded``     frames whose verdict waits to be stored
    ``dead_lettered``  frames with a dead letter; not from queues of copies (``topology.holds_copies``):
                       the frame itself goes on. Likewise for ``discarded``
    ``discarded``      frames whose dead letters were discarded: their pictures are gone, their ids are kept
    ``unknown``        messages in those queues that the broker can't look into (0 where it can); each
                       may be a frame that is in none of the mappings
    """

    pending: Mapping[str, Mapping[str, int]]
    unrecorded: Mapping[str, Mapping[str, int]]
    dead_lettered: Mapping[str, Mapping[str, int]]
    discarded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unknown: int = 0


class QueueInventory(Protocol):
    """Looks into the queues and takes nothing. Used by one thread at a time."""

    def depths(self) -> dict[str, Depth]:
        """How full each queue of the topology is. Raises BrokerUnavailable."""
        ...

    def inventory(self) -> Inventory:
        """Which frames the broker holds. Raises BrokerUnavailable."""
        ...
