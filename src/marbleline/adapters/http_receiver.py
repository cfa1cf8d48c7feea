"""The web server of the http source: every limit is checked before a byte of the picture is read."""

import hmac
import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final

_UPLOADS: Final = 8  # pictures in memory at once
_CONNECTIONS: Final = 64
_QUIET_S: Final = 10.0  # a client silent for so long is hung up on
_HEADERS_S: Final = 15.0  # all headers of a request within this time
_SLOWEST: Final = 50_000  # bytes a second
_SLAB_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture as it was sent. ``origin`` is the sender's address."""

    content: bytes = field(repr=False)
    origin: str
    slab_id: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body; ``retry_after_s`` becomes the header of that name."""

    status: int
    body: Mapping[str, str | int]
    retry_after_s: int | None = None


class Receiver:
    """Listens until it is closed. ``busy`` and ``offer`` are called from its threads.

    Raises OSError if the address can't be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        max_bytes: int,
        token: str,
        busy: Callable[[], Answer | None],
        offer: Callable[[Upload], Answer],
    ) -> None:
        self.max_bytes = max_bytes
        self.token = token.encode()
        self.busy = busy
        self.offer = offer
        self.uploads = threading.BoundedSemaphore(_UPLOADS)
        self._server = _Server(host, port, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, host: str, port: int, receiver: Receiver) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.receiver = receiver
        self._connections = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own looks the host's name up, which can take seconds.
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._connections.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "marbleline"
    sys_version = ""
    # An answer in two packets would wait 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._patience = _Patience(self.connection)
        self.rfile = io.BufferedReader(self._patience)

    def handle_one_request(self) -> None:
        self._patience.until = time.monotonic() + _HEADERS_S
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        """Called while parsing: a client that asks first is told before it sends."""
        refusal = self._refusal()
        if refusal is not None:
            self._reply(refusal)
            return False
        return super().handle_expect_100()

    def do_GET(self) -> None:
        """Health."""
        if self.path != "/healthz":
            self._reply(_error(404, "there are POST /frames and GET /healthz"))
            return
        self._reply(self.server.receiver.busy() or Answer(200, {"status": "ok"}))

    def do_POST(self) -> None:
        """Take a picture."""
        receiver = self.server.receiver
        refusal = self._refusal()
        if refusal is not None:
            self._reply(refusal)
            return
        if not receiver.uploads.acquire(blocking=False):
            self._reply(Answer(429, {"error": f"{_UPLOADS} uploads at once are the limit"}, retry_after_s=1))
            return
        try:
            length = int(self.headers["Content-Length"])
            self._patience.until = time.monotonic() + _QUIET_S + length / _SLOWEST
            try:
                content = self.rfile.read(length)
            except TimeoutError:
                self._reply(_error(408, f"slower than {_SLOWEST} bytes a second"))
                return
            if len(content) < length:
                self.close_connection = True
                return
            upload = Upload(content, str(self.client_address[0]), self.headers["X-Slab-Id"])
            self._reply(receiver.offer(upload), read=True)
        finally:
            receiver.uploads.release()

    def _refusal(self) -> Answer | None:
        """Why the request is refused by its headers alone."""
        if self.path != "/frames" or self.command != "POST":
            return _error(404, "there are POST /frames and GET /healthz")
        refusal = self._unauthorized() or self._unfit_length() or self._unfit_headers()
        return refusal or self.server.receiver.busy()

    def _unauthorized(self) -> Answer | None:
        token = self.server.receiver.token
        if not token:
            return None
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            return _error(401, "send the header Authorization: Bearer TOKEN")
        if not hmac.compare_digest(given.strip().encode("latin-1", "replace"), token):
            return _error(403, "this is not the token")
        return None

    def _unfit_length(self) -> Answer | None:
        limit = self.server.receiver.max_bytes
        given = self.headers.get_all("Content-Length", [])
        if self.headers.get("Transfer-Encoding") or not given:
            return _error(411, "send a Content-Length, not chunks")
        if len(given) > 1 or not re.fullmatch(r"[0-9]{1,15}", given[0]):
            return _error(400, "Content-Length is no number")
        if int(given[0]) == 0:
            return _error(400, "the body is empty: send the picture's bytes")
        if int(given[0]) > limit:
            return _error(413, f"{given[0]} bytes, the limit is {limit}")
        return None

    def _unfit_headers(self) -> Answer | None:
        kind = self.headers.get("Content-Type", "image/*").partition(";")[0].strip().lower()
        if not kind.startswith("image/") and kind != "application/octet-stream":
            return _error(415, f"Content-Type {kind}: send image/jpeg, image/png or another image type")
        slab_id = self.headers.get("X-Slab-Id")
        if slab_id is not None and not _SLAB_ID.fullmatch(slab_id):
            return _error(400, "X-Slab-Id: use 1 to 128 printable ASCII characters without spaces")
        return None

    def _reply(self, answer: Answer, *, read: bool = False) -> None:
        """``read``: the request's body was read, so the connection can go on."""
        body = json.dumps(answer.body).encode() + b"\n"
        self.connection.settimeout(_QUIET_S)
        self.send_response(answer.status, HTTPStatus(answer.status).phrase)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if answer.retry_after_s is not None:
            self.send_header("Retry-After", str(answer.retry_after_s))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        if not read and self.command != "GET":
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Frames tell of requests."""


class _Patience(io.RawIOBase):
    """Reads a socket until ``until`` (monotonic seconds), however slowly a client drips."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the client is too slow")
        self._connection.settimeout(min(left, _QUIET_S))
        return self._connection.recv_into(buffer)


def _error(status: int, text: str) -> Answer:
    return Answer(status, {"error": text})
