"""A proxy before a real Elasticsearch: it sees every request and can answer, cut or refuse instead.

For what a healthy server on loopback doesn't do by itself: be busy, be away, lose an answer, speak TLS
and ask for a password.
"""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the proxy got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def bulk(self) -> bool:
        """Whether it is a bulk write."""
        return self.path.startswith("/_bulk")


@dataclass(frozen=True, slots=True)
class Says:
    """An answer of the proxy's own; ``product``: it says that it is Elasticsearch's."""

    status: int
    body: Any
    product: bool = True


class Cut:
    """Ends the connection without an answer; ``after``: the server did what was asked."""

    def __init__(self, *, after: bool) -> None:
        self.after = after


# A Seen is passed on in place of the request.
Rule = Callable[[Seen], "Says | Cut | Seen | None"]


def forward(_: Seen) -> None:
    """The rule that changes nothing."""


class Proxy:
    """Listens on a port of its own that stays the same through ``stop`` and ``start``."""

    def __init__(self, target: str, tls: ssl.SSLContext | None = None) -> None:
        self.target = urlsplit(target)
        self.rule: Rule = forward
        self.seen: list[Seen] = []
        self._tls = tls
        self._port = 0
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def bulks(self) -> list[Seen]:
        """The bulk writes that it saw."""
        return [one for one in self.seen if one.bulk]

    def start(self) -> None:
        """Listen again."""
        proxy = self

        class Handler(_Handler):
            owner = proxy

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                proxy._open.add(connection)
                return connection, address

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A connection that was cut is what tests do here."""

        server = Server(("127.0.0.1", self._port), Handler)
        self._port = server.server_port
        if self._tls:
            server.socket = self._tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self._server = server

    def stop(self) -> None:
        """Be away: the port refuses, and connections that were open are ended."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._open.clear()
        self._server = None


class _Handler(BaseHTTPRequestHandler):
    owner: Proxy
    protocol_version = "HTTP/1.1"
    # An answer's head and body in one packet: with Nagle's algorithm two would wait for each other.
    wbufsize = -1

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        self.owner.seen.append(seen)
        said = self.owner.rule(seen)
        if isinstance(said, Says):
            self._answer(said.status, json.dumps(said.body).encode(), "application/json", said.product)
            return
        if isinstance(said, Cut) and not said.after:
            self._cut()
            return
        status, content, kind = self._ask(said if isinstance(said, Seen) else seen)
        if isinstance(said, Cut):
            self._cut()
            return
        self._answer(status, content, kind)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 - the base class looks for them

    def _ask(self, seen: Seen) -> tuple[int, bytes, str]:
        target = self.owner.target
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
        kept = {k: v for k, v in seen.headers.items() if k in ("content-type", "accept")}
        connection.request(seen.method, seen.path, seen.body or None, kept)
        response = connection.getresponse()
        content, kind = response.read(), response.headers.get("Content-Type", "application/json")
        connection.close()
        return response.status, content, kind

    def _answer(self, status: int, content: bytes, kind: str, product: bool = True) -> None:
        self.send_response(status)
        if product:
            self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Tests say what matters themselves."""
