"""What stands in the broker: exchanges, queues, streams and their arguments, declared in one place.

    topic exchange ─► quorum queues ─(delivery limit)─► dead-letter exchange ─► two streams

Declaring is idempotent, so every worker does it on every connection and none has to be first.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpChannel, AmqpConnection
from marbleline.errors import BrokerUnavailable, ChannelLost
from marbleline.ports.topology import MAX_DELIVERIES, QUEUES, Queue, matches

log = logging.getLogger("marbleline.broker")

PRECONDITION_FAILED: Final = 406
NOT_FOUND: Final = 404

# RabbitMQ 3 knows no word for it, and RabbitMQ 4 takes 20 if nothing is said.
NO_LIMIT: Final = 1_000_000

# The log of dead letters is small and is the ledger's; the bodies are large and only for replays.
# Beyond these sizes the broker forgets the oldest: of the log, after some ten million dead letters.
LOG_BYTES: Final = 5_000_000_000
BODIES_BYTES: Final = 10_000_000_000
SEGMENT_BYTES: Final = 100_000_000
# A switch has some 300 bytes: a line's last one is forgotten only after tens of thousands on other lines.
SWITCHES_BYTES: Final = 20_000_000
SWITCHES_SEGMENT_BYTES: Final = 2_000_000

_down: Final[set[str]] = set()


@dataclass(frozen=True, slots=True)
class RabbitMQTopology:
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
        """The stream that says what was dead-lettered, replayed and discarded."""
        return f"{self.namespace}.dead-letter-log"

    @property
    def product_switches(self) -> str:
        """The stream of what the lines were switched to."""
        return f"{self.namespace}.product-switches"

    @property
    def unacked_count(self) -> str:
        """The exchange on which every consumer is asked what it holds."""
        return f"{self.namespace}.unacked-counts"

    def name(self, queue: str) -> str:
        """A queue's name in the broker."""
        return f"{self.namespace}.{queue}"

    def queue(self, name: str) -> str:
        """The inverse of ``name``."""
        return name.removeprefix(f"{self.namespace}.")

    def single_active(self, queue: str) -> bool:
        """Whether the queue of this name delivers to one consumer at a time."""
        return any(one.single_active for one in self.queues if one.name == queue)

    def reached(self, key: str) -> tuple[Queue, ...]:
        """The queues that a routing key leads to."""
        return tuple(queue for queue in self.queues if any(matches(one, key) for one in queue.patterns))


def arguments(layout: RabbitMQTopology, queue: Queue) -> dict[str, object]:
    """A quorum queue that refuses beyond its bound and dead-letters what is delivered too often.

    The dead-letter strategy at-least-once needs RabbitMQ 3.10 and ``reject-publish``: then not even a
    broker that dies in the middle loses the dead letter. A queue that drops its oldest messages
    can't have it, and so has no delivery limit either: it would lose what it dead-letters.
    """
    if queue.overflow == "drop_oldest":
        return {
            "x-queue-type": "quorum",
            "x-max-length": queue.max_length,
            "x-overflow": "drop-head",
            "x-delivery-limit": NO_LIMIT,
        }
    return {
        "x-queue-type": "quorum",
        "x-max-length": queue.max_length,
        "x-overflow": "reject-publish",
        # The limit counts returns, the port counts deliveries: the first one is no return.
        "x-delivery-limit": MAX_DELIVERIES - 1,
        "x-dead-letter-exchange": layout.dead_exchange,
        "x-dead-letter-strategy": "at-least-once",
        **({"x-single-active-consumer": True} if queue.single_active else {}),
    }


def _stream(max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> dict[str, object]:
    return {
        "x-queue-type": "stream",
        "x-max-length-bytes": max_bytes,
        "x-stream-max-segment-size-bytes": segment_bytes,
    }


@dataclass(frozen=True, slots=True)
class Declared:
    """``ready``: queue -> messages that wait in it; ``anew``: whether a queue may have been missing."""

    ready: dict[str, int]
    anew: bool


async def declare(connection: AmqpConnection, layout: RabbitMQTopology) -> Declared:
    """Make what is missing. Raises BrokerUnavailable naming what is there but differs.

    A stream that its node has not brought back after a crash holds up what concerns dead letters or switches
    of the product, and no frame.
    """
    try:
        return await _declare(connection, layout)
    except BaseException:
        connection.close_kept_channel()
        raise


async def _declare(connection: AmqpConnection, layout: RabbitMQTopology) -> Declared:
    ready: dict[str, int] = {}
    consumers = await _consumers(connection, [layout.name(queue.name) for queue in layout.queues])
    anew = len(consumers) < len(layout.queues)
    channel = await connection.kept_channel()
    await _exchange(channel, layout.exchange, "topic")
    await _exchange(channel, layout.dead_exchange, "fanout")
    await _exchange(channel, layout.unacked_count, "fanout")
    for queue in layout.queues:
        name = layout.name(queue.name)
        ready[queue.name], consuming = await _queue(channel, name, arguments(layout, queue))
        # Removed since it was looked at: a queue without its consumers is a new one.
        anew = anew or consuming < consumers[name]
        for pattern in queue.patterns:
            await channel.call(channel.raw.queue_bind, name, layout.exchange, pattern)
    for stream, size in ((layout.bodies, BODIES_BYTES), (layout.log, LOG_BYTES)):
        await _declare_stream(connection, stream, _stream(size), layout.dead_exchange)
    switches = _stream(SWITCHES_BYTES, SWITCHES_SEGMENT_BYTES)
    await _declare_stream(connection, layout.product_switches, switches)
    return Declared(ready, anew)


async def _consumers(connection: AmqpConnection, queues: Sequence[str]) -> dict[str, int]:
    """Queue -> its consumers, up to the first queue that is missing, at which the broker ends the channel."""
    channel = await connection.kept_channel()
    found: dict[str, int] = {}
    try:
        for queue in queues:
            answer = await channel.call(channel.raw.queue_declare, queue, passive=True)
            found[queue] = int(answer.method.consumer_count)
    except ChannelLost as error:
        if error.code != NOT_FOUND:
            raise
    return found


async def _declare_stream(
    connection: AmqpConnection, stream: str, wanted: dict[str, object], exchange: str | None = None
) -> None:
    # The broker ends the channel if it refuses; the next stream then gets another one.
    channel = await connection.kept_channel()
    try:
        await _queue(channel, stream, wanted)
        if exchange is not None:
            await channel.call(channel.raw.queue_bind, stream, exchange, "")
    except BrokerUnavailable as error:
        cause = error.__cause__
        if not (isinstance(cause, ChannelLost) and cause.code == NOT_FOUND):
            raise
        # Said once, not with each check of the topology.
        level = logging.DEBUG if stream in _down else logging.WARNING
        _down.add(stream)
        log.log(level, "rabbitmq.stream_down", extra={"stream": stream, "error": str(error)})
    else:
        _down.discard(stream)


async def _exchange(channel: AmqpChannel, name: str, kind: str) -> None:
    try:
        await channel.call(channel.raw.exchange_declare, name, exchange_type=kind, durable=True)
    except ChannelLost as error:
        raise _conflict("exchange", name, error) from error


async def _queue(channel: AmqpChannel, name: str, wanted: dict[str, object]) -> tuple[int, int]:
    """Declare it; returns how many messages wait in it, and its consumers."""
    try:
        answer = await channel.call(channel.raw.queue_declare, name, durable=True, arguments=wanted)
        return int(answer.method.message_count), int(answer.method.consumer_count)
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


async def queue_states(
    channel: AmqpChannel, layout: RabbitMQTopology, queues: Sequence[Queue]
) -> dict[str, Any]:
    """Queue's name -> the broker's answer (``message_count`` waiting, ``consumer_count``)."""
    return {
        queue.name: (
            await channel.call(channel.raw.queue_declare, layout.name(queue.name), passive=True)
        ).method
        for queue in queues
    }
