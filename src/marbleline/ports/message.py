"""What travels through the broker's queues."""

from dataclasses import dataclass, field

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
    """A message received from a queue and not yet acknowledged.

    ``tag`` is the adapter's own handle. ``count`` is 1 for the first delivery.
    """

    queue: str
    tag: int | str
    count: int
    message: Message
