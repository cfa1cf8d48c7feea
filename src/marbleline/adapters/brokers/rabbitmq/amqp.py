"""pika's callbacks as awaitables: one connection and its channels, on the I/O thread's event loop."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import AMQPError, ChannelClosed, ConnectionClosed

from marbleline.errors import BrokerUnavailable, ChannelLost, MarblelineError

# A socket that is hung up on is closed in the event loop's next turn.
_HANG_UP_S: Final = 5.0


def channel_lost(cause: BaseException) -> ChannelLost:
    """The error for a channel that ``cause`` ended, with AMQP's reply code if there is one."""
    if isinstance(cause, ChannelLost):
        return ChannelLost(cause.code, cause.text)
    if isinstance(cause, ChannelClosed | ConnectionClosed):
        return ChannelLost(cause.reply_code, cause.reply_text)
    return ChannelLost(0, describe(cause))


def describe(cause: BaseException) -> str:
    """What went wrong, for people: the innermost cause that pika tells, without its wrapping."""
    for name in ("exception", "exceptions"):
        inner = getattr(cause, name, None)
        if isinstance(inner, list | tuple) and inner:
            inner = inner[-1]
        if isinstance(inner, BaseException):
            return describe(inner)
    if isinstance(cause, MarblelineError):
        return str(cause)
    kind = type(cause).__name__
    if kind == "ProbableAuthenticationError":
        return "it refuses this user: check name and password"
    if kind == "ProbableAccessDeniedError":
        return "it refuses this vhost: check that it exists and that the user may use it"
    if isinstance(cause, ConnectionClosed | ChannelClosed):
        return f"{cause.reply_code} {cause.reply_text}"
    return f"{kind}: {cause}" if str(cause) else kind


class AmqpConnection:
    """An open connection. ``closed`` is done when it ends, with the cause as its result."""

    def __init__(self, raw: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.raw = raw
        self.loop = loop
        self.closed: asyncio.Future[BaseException] = loop.create_future()
        self.channels: set[AmqpChannel] = set()
        self._kept: AmqpChannel | None = None
        self.blocked: str | None = None
        self.unblocked = asyncio.Event()
        self.unblocked.set()
        raw.add_on_close_callback(lambda _raw, cause: self._end(cause))
        raw.add_on_connection_blocked_callback(self._block)
        raw.add_on_connection_unblocked_callback(self._unblock)

    @classmethod
    async def open(cls, parameters: Any) -> "AmqpConnection":
        """Connect to one node. Raises BrokerUnavailable."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def failed(_raw: Any, cause: BaseException) -> None:
            if not done.done():
                done.set_exception(BrokerUnavailable(describe(cause)))

        raw = AsyncioConnection(
            parameters,
            on_open_callback=partial(_resolve, done),
            on_open_error_callback=failed,
            on_close_callback=failed,
            custom_ioloop=loop,
        )
        try:
            return cls(await done, loop)
        except asyncio.CancelledError:
            await _disconnect(raw, loop, 0.0)
            raise

    def _end(self, cause: BaseException) -> None:
        if not self.closed.done():
            self.closed.set_result(cause)
        # An abandoned connection's channels are not told by pika, or much later.
        for channel in tuple(self.channels):
            channel.end(cause)

    def _block(self, _raw: Any, frame: Any) -> None:
        self.blocked = str(frame.method.reason)
        self.unblocked.clear()

    def _unblock(self, _raw: Any, _frame: Any) -> None:
        self.blocked = None
        self.unblocked.set()

    async def channel(self) -> "AmqpChannel":
        """A new channel. Raises ChannelLost."""
        opened: asyncio.Future[Any] = self.loop.create_future()
        try:
            self.raw.channel(on_open_callback=partial(_resolve, opened))
        except AMQPError as error:
            raise channel_lost(error) from error
        await asyncio.wait((opened, self.closed), return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            raise channel_lost(self.closed.result())
        return AmqpChannel(opened.result(), self)

    async def kept_channel(self) -> "AmqpChannel":
        """A channel that stays open from call to call, for one caller at a time. Raises ChannelLost.

        Opening and closing one costs RabbitMQ as much as several calls. After it was lost this is a new one.
        """
        if self._kept is None or self._kept.lost is not None:
            self._kept = await self.channel()
        return self._kept

    def close_kept_channel(self) -> None:
        """Close it without waiting for the answer: a call on it may never be answered."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def abandon(self, why: str) -> None:
        """Count as lost from now on, and say good-bye. ``close`` hangs up where nobody answers it."""
        self._end(BrokerUnavailable(why))
        with contextlib.suppress(AMQPError):
            self.raw.close(reply_text=why)

    async def close(self, limit_s: float) -> None:
        """Say good-bye and wait for the answer, but no longer than ``limit_s``; then hang up."""
        await _disconnect(self.raw, self.loop, limit_s)


class AmqpChannel:
    """An open channel, whose calls fail when it is lost instead of waiting for ever."""

    def __init__(self, raw: Any, connection: AmqpConnection) -> None:
        self.raw = raw
        self.connection = connection
        self.lost: ChannelLost | None = None
        self._waiting: set[asyncio.Future[Any]] = set()
        self._watchers: list[Callable[[ChannelLost], None]] = []
        raw.add_on_close_callback(lambda _raw, cause: self.end(cause))
        connection.channels.add(self)

    def watch(self, watcher: Callable[[ChannelLost], None]) -> None:
        """Call ``watcher`` once when the channel ends, however it does."""
        self._watchers.append(watcher)

    async def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a method of ``raw`` that takes a ``callback``, and wait for the broker's answer.

        Raises ChannelLost.
        """
        if self.lost is not None:
            raise channel_lost(self.lost)
        answer: asyncio.Future[Any] = self.connection.loop.create_future()
        self._waiting.add(answer)
        try:
            method(*args, callback=partial(_resolve, answer), **kwargs)
            return await answer
        except AMQPError as error:
            raise channel_lost(error) from error
        finally:
            self._waiting.discard(answer)

    def close(self) -> None:
        """Close without waiting for the answer. What it had not settled goes back to its queues."""
        with contextlib.suppress(AMQPError):
            self.raw.close()

    def end(self, cause: BaseException) -> None:
        """Count as lost: what waits for an answer fails."""
        if self.lost is not None:
            return
        self.connection.channels.discard(self)
        self.lost = channel_lost(cause)
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(self.lost)
        for watcher in self._watchers:
            watcher(self.lost)


async def _disconnect(raw: Any, loop: asyncio.AbstractEventLoop, limit_s: float) -> None:
    """Close a connection, open or not yet, and wait until its socket is closed."""
    ended: asyncio.Future[None] = loop.create_future()
    raw.add_on_close_callback(lambda _raw, _cause: _resolve(ended, None))
    if not raw.is_closing and not raw.is_closed:
        raw.close()
    if raw.is_closed:
        return
    await asyncio.wait((ended,), timeout=limit_s)
    # pika has no public way to close a socket at whose other end nobody answers.
    if not ended.done() and raw._transport is not None:
        raw._transport.abort()
    # pika tells nobody of the end of a connection that was not open yet.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HANG_UP_S):
            while not raw.is_closed:
                await asyncio.sleep(0.01)


def _resolve(future: asyncio.Future[Any], value: object) -> None:
    if not future.done():
        future.set_result(value)
