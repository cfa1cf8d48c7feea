"""A connection that is kept up: over a list of nodes, with backoff, for as long as the worker lives."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection, describe
from marbleline.backoff import Backoff
from marbleline.errors import BrokerUnavailable, MarblelineError
from marbleline.telemetry.metrics import RECONNECTS

log = logging.getLogger("marbleline.rabbitmq")

FIRST_BACKOFF_S: Final = 0.2
LAST_BACKOFF_S: Final = 2.0
# The first connection may take its time; a broker that is known to be away makes nobody wait long.
FIRST_PATIENCE_S: Final = 15.0
PATIENCE_S: Final = 1.0
GOOD_BYE_S: Final = 0.5

Node = tuple[str, int]


class RecoveringConnection:
    """Used on the I/O thread only.

    ``role`` is what the connection does, for the count of reconnects; ``parameters_of`` makes a node's
    connection parameters; ``prepare`` is awaited on each new connection before anybody else may use it.
    """

    def __init__(
        self,
        role: str,
        nodes: Sequence[Node],
        parameters_of: Callable[[Node], Any],
        prepare: Callable[[AmqpConnection], Awaitable[None]],
    ) -> None:
        self._role = role
        self._nodes = nodes
        self._parameters_of = parameters_of
        self._prepare = prepare
        self._connection: AmqpConnection | None = None
        self._changed = asyncio.Event()
        self._cause = ""
        self._task: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> AmqpConnection | None:
        """The connection if there is one now; asking makes none."""
        return self._connection

    async def connection(self) -> AmqpConnection:
        """The connection, waited for within reason. Raises BrokerUnavailable with the cause."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_up())
        if self._connection is None:
            patience = PATIENCE_S if self._cause else FIRST_PATIENCE_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._settled()
        if self._connection is None:
            raise BrokerUnavailable(self._cause or f"no connection within {FIRST_PATIENCE_S:g} s")
        return self._connection

    async def _settled(self) -> None:
        known = self._cause
        while self._connection is None and self._cause == known:
            self._changed.clear()
            await self._changed.wait()

    async def close(self, limit_s: float) -> None:
        """Disconnect for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            await self._connection.close(limit_s)
            self._connection = None
        if self._abandoned:
            await asyncio.wait(self._abandoned)

    async def _keep_up(self) -> None:
        attempt, again = 0, False
        backoff = Backoff(FIRST_BACKOFF_S, LAST_BACKOFF_S)
        causes: list[str] = []
        while True:
            node = self._nodes[attempt % len(self._nodes)]
            attempt += 1
            try:
                connection = await self._dial(node)
            except MarblelineError as error:
                causes.append(f"{node[0]}:{node[1]}: {error}")
                if attempt % len(self._nodes) == 0:
                    self._tell(None, "RabbitMQ can't be reached: " + "; ".join(causes))
                    causes.clear()
                    await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            causes.clear()
            if again:
                RECONNECTS.labels(to=f"broker_{self._role}").inc()
            again = True
            log.debug("rabbitmq.connected", extra={"node": f"{node[0]}:{node[1]}"})
            self._tell(connection, "")
            await asyncio.wait((connection.closed,))
            self._hang_up(connection)
            cause = describe(connection.closed.result())
            self._tell(None, f"connection to RabbitMQ at {node[0]}:{node[1]} was lost: {cause}")
            log.warning("rabbitmq.lost", extra={"node": f"{node[0]}:{node[1]}", "error": cause})

    async def _dial(self, node: Node) -> AmqpConnection:
        connection = await AmqpConnection.open(self._parameters_of(node))
        try:
            await self._prepare(connection)
        except BaseException as error:
            connection.abandon("it could not be prepared")
            await connection.close(GOOD_BYE_S)
            if isinstance(error, MarblelineError | asyncio.CancelledError):
                raise
            raise BrokerUnavailable(describe(error)) from error
        return connection

    def _hang_up(self, connection: AmqpConnection) -> None:
        """Close what was abandoned, meanwhile: nobody waits for an answer that may not come."""
        task = asyncio.get_running_loop().create_task(connection.close(GOOD_BYE_S))
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)

    def _tell(self, connection: AmqpConnection | None, cause: str) -> None:
        self._connection, self._cause = connection, cause
        self._changed.set()
