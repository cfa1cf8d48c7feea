"""Uvicorn's HTTP/1.1 connection with the limits that it lacks: deadlines, admission, a lingering close."""

import asyncio
import json
import sys
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from marbleline.adapters.sources.http_admission import Admission

_HEADERS_S: Final = 5.0  # all headers of a connection's first request within this time
_IDLE_S: Final = 10.0  # all headers of the next request, or the client taking an answer
_LINGER_S: Final = 2.0  # what still comes is read for so long, so that the answer is not lost


class LimitedConnection(H11Protocol):
    """One connection. ``admission`` is set by ``limited``.

    Requests find it in their scope's state as ``connection``.
    """

    admission: Admission

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        self._deadline: asyncio.TimerHandle | None = None
        self._asks_first = False

    @property
    def address(self) -> str:
        """The client's address, without its port."""
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection, or close it."""
        super().connection_made(_LingeringTransport(transport, self))
        self._expect_within(_HEADERS_S)
        if not self.admission.enter(self, self.address):
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give its place back."""
        self._expect_within(None)
        self.admission.leave(self)
        super().connection_lost(exc)

    def authenticated(self) -> None:
        """Called for a request that was authenticated by its headers."""
        self.admission.authenticated(self)

    def abort(self) -> None:
        """Close at once, without an answer."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Drop what comes after the answer that closes the connection."""
        if not self.transport.is_closing():
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that has sent all and closes its side still gets its answer."""
        waits = self._is_answering() and not self.cycle.more_body
        if waits:
            self.cycle.keep_alive = False
        return waits

    def handle_events(self) -> None:
        """The deadline of the headers ends with the request that they make."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._asks_first = self.cycle.waiting_for_100_continue
            self._expect_within(None)

    def on_response_complete(self) -> None:
        """The next request has a deadline too."""
        self._expect_within(_IDLE_S)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not take what it is sent."""
        super().pause_writing()
        self._expect_within(_IDLE_S)

    def resume_writing(self) -> None:
        """The client took it."""
        super().resume_writing()
        self._expect_within(None if self._is_answering() else _IDLE_S)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP as everything else is answered: in JSON."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.abort()
            return
        text = str(sys.exception() or msg)
        said = "Content-Length is no number" if text == "bad Content-Length" else f"not HTTP: {text}"
        body = json.dumps({"error": said}).encode() + b"\n"
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def shutdown(self) -> None:
        """The server stops: a request whose body is still coming is not waited for."""
        if self._is_answering() and self.cycle.more_body:
            self.abort()
        else:
            super().shutdown()

    def has_unread(self) -> bool:
        """Whether the client may still be sending what nobody will read."""
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR) and not self._asks_first

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_within(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.abort)


class _LingeringTransport(asyncio.Transport):
    """Closes in two steps: its own side first, so that the client reads its answer, then all.

    Closing a socket with unread data resets the connection, and the client loses the answer that it has not
    read yet (RFC 9112, section 9.6).
    """

    def __init__(self, inner: asyncio.Transport, connection: LimitedConnection) -> None:
        super().__init__()
        self._inner = inner
        self._connection = connection
        self._closing = False

    def close(self) -> None:
        if self._closing or self._inner.is_closing():
            return
        self._closing = True
        self._connection.loop.call_later(_LINGER_S, self._inner.abort)
        if self._connection.has_unread():
            try:
                self._inner.write_eof()
                self._inner.resume_reading()
            except OSError:  # the client is gone already
                self._inner.abort()
        else:
            self._inner.close()

    def abort(self) -> None:
        self._closing = True
        self._inner.abort()

    def is_closing(self) -> bool:
        return self._closing or self._inner.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.is_closing():
            self._inner.write(data)

    def pause_reading(self) -> None:
        if not self.is_closing():
            self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)


def limited(admission: Admission) -> type[LimitedConnection]:
    """The class of connections that ``admission`` counts, for Uvicorn's ``http`` setting."""
    return type("LimitedConnection", (LimitedConnection,), {"admission": admission})
