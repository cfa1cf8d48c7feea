"""Keeping the topology whole: what somebody removes from the broker is declared again within seconds.

AMQP 0-9-1 tells only the consumers of a queue that it is gone, and nobody that an exchange or a binding is.
So each process that consumes declares everything again every ``CHECK_S`` seconds, which changes nothing where
nothing is missing, and any worker does so at once when a consumer or a publish finds something missing.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.adapters.brokers.rabbitmq.amqp import AmqpConnection
from marbleline.adapters.brokers.rabbitmq.connection_recovery import RecoveringConnection
from marbleline.adapters.brokers.rabbitmq.topology import (
    NOT_FOUND,
    PRECONDITION_FAILED,
    Declared,
    RabbitMQTopology,
    declare,
)
from marbleline.errors import BrokerUnavailable, ChannelLost

log = logging.getLogger("marbleline.rabbitmq")

CHECK_S: Final = 2.0
# A quorum queue without a leader answers no declaration.
ANSWER_S: Final = 10.0


# A worker has several connections; what one of them has declared so lately the others need not declare.
FRESH_S: Final = 0.75 * CHECK_S


@dataclass(slots=True)
class _Check:
    """The last regular check of this process: when it began (monotonic), and what waited in each queue."""

    began_at: float = float("-inf")
    ready: Mapping[str, int] | None = None


_checks: Final[defaultdict[tuple[str, RabbitMQTopology], _Check]] = defaultdict(_Check)


class TopologyWatch:
    """Used on the I/O thread only. ``links`` are in order of preference: one that takes is never blocked.

    ``address``: of the broker. Watches of one process on one broker share the regular declaring.
    ``ready`` is told after each check how many messages wait in each queue. ``rebind`` is awaited after it:
    it binds again what is this worker's alone. ``announce`` is awaited after a queue was declared anew: it
    tells the consumers of all workers, whom RabbitMQ may not tell.
    """

    def __init__(
        self,
        address: str,
        links: Sequence[RecoveringConnection],
        layout: RabbitMQTopology,
        ready: Callable[[Mapping[str, int]], None],
        rebind: Callable[[], Awaitable[None]],
        announce: Callable[[], Awaitable[None]],
    ) -> None:
        self._regular = _checks[address, layout]
        self._links = links
        self._layout = layout
        self._ready = ready
        self._rebind = rebind
        self._announce = announce
        self._anew = False
        self._suspected = asyncio.Event()
        self._regularly = False
        self._task: asyncio.Task[None] | None = None

    def begin(self, *, regularly: bool = False) -> None:
        """Check from now on, until ``close``; may be called again.

        ``regularly``: declare every ``CHECK_S`` seconds, and not only when something is suspected. It costs
        RabbitMQ 9 ms of CPU time, so workers that only publish or subscribe leave it to those that consume,
        and of the connections of a process one does it.
        """
        self._regularly = self._regularly or regularly
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def suspect(self, error: BaseException | None = None) -> None:
        """Check now, if this error (or whoever calls without one) says that something is missing."""
        cause = error if isinstance(error, ChannelLost) or error is None else error.__cause__
        if cause is None or (isinstance(cause, ChannelLost) and cause.code == NOT_FOUND):
            self._suspected.set()

    async def declare(self, connection: AmqpConnection) -> Declared:
        """Declare everything on a connection that may be a new one. Raises BrokerUnavailable."""
        declared = await declare(connection, self._layout)
        if declared.anew:
            self._anew = True
            self._suspected.set()
        return declared

    def close(self) -> None:
        """Check no more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_S):
                    await self._suspected.wait()
            suspected = self._suspected.is_set()
            connection = self._usable()
            if connection is not None:
                self._suspected.clear()
                await self._check(connection, suspected)
            elif self._suspected.is_set():
                await asyncio.sleep(CHECK_S)

    def _usable(self) -> AmqpConnection | None:
        found = (link.current for link in self._links)
        return next((one for one in found if one is not None and one.blocked is None), None)

    async def _check(self, connection: AmqpConnection, suspected: bool) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                if suspected or (self._regularly and self._due()):
                    await self._declare_for_all(connection)
                if self._regularly and self._regular.ready is not None:
                    self._ready(self._regular.ready)
                await self._rebind()
                if self._anew:
                    await self._announce()
                    self._anew = False
        except BrokerUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, ChannelLost) and cause.code == PRECONDITION_FAILED:
                # Made anew by somebody else with other arguments: connecting again says so to the worker.
                connection.abandon(str(error))
            log.debug("rabbitmq.check_failed", extra={"error": str(error)})
        except TimeoutError:
            log.debug("rabbitmq.check_failed", extra={"error": f"no answer within {ANSWER_S:g} s"})

    def _due(self) -> bool:
        return time.monotonic() - self._regular.began_at >= FRESH_S

    async def _declare_for_all(self, connection: AmqpConnection) -> None:
        self._regular.began_at = time.monotonic()
        try:
            self._regular.ready = (await self.declare(connection)).ready
        except BaseException:
            self._regular.began_at = float("-inf")
            raise
