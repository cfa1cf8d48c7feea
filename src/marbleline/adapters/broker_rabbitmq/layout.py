"""What stands in the broker: exchanges, queues, streams and their arguments, declared in one place.

    topic exchange ─► quorum queues ─(delivery limit)─► dead-letter exchange ─► two streams

Declaring is idempotent, so every worker does it on every connection and none has to be first.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from marbleline.adapters.broker_rabbitmq.amqp import Channel, ChannelLost, Connection
from marbleline.errors import BrokerUnavailable
from marbleline.ports.topology import MAX_DELIVERIES, QUEUES, Queue, matches

log = logging.getLogger("marbleline.broker")

PRECONDITION_FAILED: Final = 406
NOT_FOUND: Final = 404

# RabbitMQ 3 knows no word for it, and RabbitMQ 4 takes 20 if nothing is said.
NO_LIMIT: Final = 1_000_000

# The log of dead letters is small and is the ledger's; the bodies are large and only for replays.
# Beyond these sizes the broker forgets the oldest: of the log, after some ten million letters.
LOG_BYTES: Final = 5_000_000_000
BODIES_BYTES: Final = 10_000_000_000
SEGMENT_BYTES: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """Names in the broker; all begin with ``namespace``, so that several lines can share a vhost."""

    namespace: str
    queues: tuple[Queue, ...] = QUEUES

    @property
    def exchange(self) -> str:
        """The topic exchange that everything is published to."""
        return self.namespace

    @property
    def dead_exchange(self) -> str:
        """Where a queue sends what was delivered too often."""
        return f"{self.namespace}.dead-letters"

    @property
    def bodies(self) -> str:
        """The stream that keeps dead letters' bodies."""
        return f"{self.namespace}.dead-letters"

    @property
    def log(self) -> str:
        """The stream that says what was put away, replayed and dropped."""
        return f"{self.namespace}.dead-letter-log"

    @property
    def roll_call(self) -> str:
        """The exchange on which every consumer is asked what it holds."""
        return f"{self.namespace}.roll-call"

    def name(self, queue: str) -> str:
        """A queue's name in the broker."""
        return f"{self.namespace}.{queue}"

    def queue(self, name: str) -> str:
        """The inverse of ``name``."""
        return name.removeprefix(f"{self.namespace}.")

    def reached(self, key: str) -> tuple[Queue, ...]:
        """The queues that a routing key leads to."""
        return tuple(queue for queue in self.queues if any(matches(one, key) for one in queue.patterns))


def arguments(layout: Layout, queue: Queue) -> dict[str, object]:
    """A quorum queue that refuses beyond its bound and puts away what is delivered too often.

    The dead-letter strategy at-least-once needs RabbitMQ 3.10 and ``reject-publish``: then not even a
    broker that dies in the middle loses the letter. It doesn't fit a queue that gives way, so that one has no
    limit of deliveries either: it would lose what it puts away.
    """
    if queue.gives_way:
        return {
            "x-queue-type": "quorum",
            "x-max-length": queue.bound,
            "x-overflow": "drop-head",
            "x-delivery-limit": NO_LIMIT,
        }
    return {
        "x-queue-type": "quorum",
        "x-max-length": queue.bound,
        "x-overflow": "reject-publish",
        # The limit counts returns, the port counts deliveries: the first one is no return.
        "x-delivery-limit": MAX_DELIVERIES - 1,
        "x-dead-letter-exchange": layout.dead_exchange,
        "x-dead-letter-strategy": "at-least-once",
    }


def _stream(max_bytes: int) -> dict[str, object]:
    return {
        "x-queue-type": "stream",
        "x-max-length-bytes": max_bytes,
        "x-stream-max-segment-size-bytes": SEGMENT_BYTES,
    }


async def declare(connection: Connection, layout: Layout) -> None:
    """Make what is missing. Raises BrokerUnavailable naming what is there but differs.

    A stream of dead letters that its node has not brought back after a crash holds up what concerns dead
    letters, and no frame.
    """
    channel = await connection.channel()
    try:
        await _exchange(channel, layout.exchange, "topic")
        await _exchange(channel, layout.dead_exchange, "fanout")
        await _exchange(channel, layout.roll_call, "fanout")
        for queue in layout.queues:
            await _queue(channel, layout.name(queue.name), arguments(layout, queue))
            for pattern in queue.patterns:
                await channel.call(channel.raw.queue_bind, layout.name(queue.name), layout.exchange, pattern)
    finally:
        channel.close()
    for stream, size in ((layout.bodies, BODIES_BYTES), (layout.log, LOG_BYTES)):
        await _stream_of_letters(connection, layout, stream, size)


async def _stream_of_letters(connection: Connection, layout: Layout, stream: str, size: int) -> None:
    # A channel of its own: the broker ends the one on which it refuses.
    channel = await connection.channel()
    try:
        await _queue(channel, stream, _stream(size))
        await channel.call(channel.raw.queue_bind, stream, layout.dead_exchange, "")
    except BrokerUnavailable as error:
        cause = error.__cause__
        if not (isinstance(cause, ChannelLost) and cause.code == NOT_FOUND):
            raise
        log.warning("rabbitmq.stream_down", extra={"stream": stream, "error": str(error)})
    finally:
        channel.close()


async def _exchange(channel: Channel, name: str, kind: str) -> None:
    try:
        await channel.call(channel.raw.exchange_declare, name, exchange_type=kind, durable=True)
    except ChannelLost as error:
        raise _conflict("exchange", name, error) from error


async def _queue(channel: Channel, name: str, wanted: dict[str, object]) -> None:
    try:
        await channel.call(channel.raw.queue_declare, name, durable=True, arguments=wanted)
    except ChannelLost as error:
        raise _conflict("queue", name, error) from error


def _conflict(kind: str, name: str, error: ChannelLost) -> BrokerUnavailable:
    if error.code != PRECONDITION_FAILED:
        return BrokerUnavailable(f"{kind} {name} can't be declared: {error}")
    found = re.search(r"inequivalent arg '([^']+)'.*?: (received .*)", error.text, re.DOTALL)
    what = f"its {found[1]} differs ({found[2].strip()})" if found else error.text
    delete = f"rabbitmqctl delete_queue {name}" if kind == "queue" else f"delete the exchange {name}"
    return BrokerUnavailable(
        f"{kind} {name} is there, declared by another version or by hand: {what}. Let the workers empty it, "
        f"then remove it ({delete}); it is made anew at once."
    )


async def queue_states(channel: Channel, layout: Layout, queues: Sequence[Queue]) -> dict[str, Any]:
    """Queue's name -> the broker's answer (``message_count`` waiting, ``consumer_count``)."""
    return {
        queue.name: (
            await channel.call(channel.raw.queue_declare, layout.name(queue.name), passive=True)
        ).method
        for queue in queues
    }
