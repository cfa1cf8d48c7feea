"""Asking every consumer how many messages it holds: AMQP itself tells only how many are waiting.

The same exchange tells every consumer that a queue was declared anew.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pika
from pika.exceptions import AMQPError

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpChannel, AmqpConnection
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.topology import RabbitMQTopology

# How long an answer may take. A consumer that keeps silent (frozen, or not one of ours) is taken to
# hold as much as a worker can ask for at once: rather too many pending than one called lost.
WAIT_S: Final = 1.0
SILENT_HOLDS: Final = 300
QUEUE_DECLARED: Final = "queue-declared"


class UnackedCounter:
    """Used on the I/O thread only. ``holding`` tells what this process holds: queue -> messages.

    ``on_declared`` is called when a worker, this one or another, has declared a queue anew.

    Questions and answers go out over the publishing link, because a connection that publishes during
    an alarm is stopped altogether, and acknowledgements must not be.
    """

    def __init__(
        self,
        consuming: RecoveringConnection,
        publishing_handler: RecoveringConnection,
        layout: RabbitMQTopology,
        holding: Callable[[], Mapping[str, int]],
        on_declared: Callable[[], None],
    ) -> None:
        self._consuming = consuming
        self._publishing = publishing_handler
        self._layout = layout
        self._holding = holding
        self._on_declared = on_declared
        self._listening: AmqpChannel | None = None
        self._queue = ""
        self._out: AmqpChannel | None = None

    async def listen(self) -> None:
        """Answer from now on, once for each connection. Raises BrokerUnavailable."""
        connection = await self._consuming.connection()
        channel = self._listening
        if channel is None or channel.lost or channel.connection is not connection:
            self._listening, self._queue = await self._own_queue(
                connection, self._on_question, self._layout.unacked_count
            )
            await self._prepare_out()

    async def relisten(self) -> None:
        """Bind again, in case the exchange or the binding was removed. Raises BrokerUnavailable.

        Answers go out over the other connection, which may be a new one by now.
        """
        if self._listening is not None:
            await self.listen()
            await self._prepare_out()
            channel = self._listening
            await channel.call(channel.raw.queue_bind, self._queue, self._layout.unacked_count, "")

    async def ask(self, consumers: Mapping[str, int]) -> dict[str, int]:
        """Queue -> messages held by its ``consumers``, at least. Raises BrokerUnavailable."""
        answers: list[Mapping[str, int]] = []
        told = asyncio.Event()

        def heard() -> bool:
            return all(
                sum(queue in answer for answer in answers) >= wanted for queue, wanted in consumers.items()
            )

        def on_answer(_raw: Any, _method: Any, _props: Any, body: bytes) -> None:
            with contextlib.suppress(ValueError):
                answers.append(json.loads(body))
            told.set()

        channel, queue = await self._own_queue(await self._consuming.connection(), on_answer)
        try:
            await self._prepare_out()
            self._send(self._layout.unacked_count, "", pika.BasicProperties(reply_to=queue), b"")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S):
                    while not heard():
                        await told.wait()
                        told.clear()
        finally:
            channel.close()
        return {
            queue: sum(answer.get(queue, 0) for answer in answers)
            + SILENT_HOLDS * max(0, wanted - sum(queue in answer for answer in answers))
            for queue, wanted in consumers.items()
        }

    async def announce(self) -> None:
        """Tell all consumers that a queue was declared anew. Raises BrokerUnavailable."""
        await self._prepare_out()
        self._send(self._layout.unacked_count, "", pika.BasicProperties(type=QUEUE_DECLARED), b"")

    async def _own_queue(
        self, connection: AmqpConnection, reader: Callable[..., None], exchange: str | None = None
    ) -> tuple[AmqpChannel, str]:
        channel = await connection.channel()
        channel.raw.add_on_cancel_callback(lambda _frame: channel.close())
        made = await channel.call(channel.raw.queue_declare, "", exclusive=True, auto_delete=True)
        queue = str(made.method.queue)
        if exchange is not None:
            await channel.call(channel.raw.queue_bind, queue, exchange, "")
        await channel.call(channel.raw.basic_consume, queue, reader, auto_ack=True)
        return channel, queue

    async def _prepare_out(self) -> None:
        connection = await self._publishing.connection()
        if self._out is None or self._out.lost or self._out.connection is not connection:
            self._out = await connection.channel()

    def _on_question(self, _raw: Any, _method: Any, props: Any, _body: bytes) -> None:
        if props.type == QUEUE_DECLARED:
            self._on_declared()
            return
        answer = json.dumps(dict(self._holding())).encode()
        self._send("", str(props.reply_to), pika.BasicProperties(), answer)

    def _send(self, exchange: str, key: str, props: Any, body: bytes) -> None:
        out = self._out
        # While an alarm stops this connection nothing more is written to it: it would only pile up.
        if out is not None and not out.lost and out.connection.blocked is None:
            with contextlib.suppress(AMQPError):
                out.raw.basic_publish(exchange, key, body, props)
