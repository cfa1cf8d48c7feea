"""The web server of the http source: every limit is checked before a byte of the picture is read."""

import asyncio
import hmac
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marbleline.adapters.sources.http_admission import Admission, ConnectionLimits
from marbleline.adapters.sources.http_connection import LimitedConnection, limited
from marbleline.adapters.sources.http_product import MOST_BYTES, ProductEndpoint
from marbleline.adapters.sources.http_reply import UploadReply, error_reply, response
from marbleline.adapters.sources.http_request import (
    product_named,
    unfit_headers,
    unfit_length,
    whole_body,
)
from marbleline.adapters.sources.http_slab import slab_id_in, tile_in
from marbleline.domain.slab import TileIdentity

_UPLOADS: Final = 8  # pictures in memory at once
_HEADER_BYTES: Final = 16_384
_ACCEPTED_AT_ONCE: Final = 32  # then those that were accepted are heard
_QUEUE: Final = 1024  # connections that the kernel holds until they are accepted
_STARTS_S: Final = 30.0
_STOPS_S: Final = 5


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture as it was sent. ``origin`` is the sender's address."""

    content: bytes = field(repr=False)
    origin: str
    slab_id: str | None
    product: str | None = None
    tile: TileIdentity | None = None


class HttpImageServer:
    """Listens until it is closed. ``busy`` is called from its event loop, ``offer`` from threads.

    A request is authenticated, and held against every limit, by its headers alone. Raises OSError if the
    address can't be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        max_bytes: int,
        token: str,
        busy: Callable[[], UploadReply | None],
        offer: Callable[[Upload], UploadReply],
        limits: ConnectionLimits | None = None,
        product: ProductEndpoint | None = None,
    ) -> None:
        self._product_endpoint = product
        self._max_bytes = max_bytes
        self._token = token.encode()
        self._busy = busy
        self._offer = offer
        self._uploads = 0
        self._threads = ThreadPoolExecutor(_UPLOADS, "upload")
        self.admission = Admission(limits or ConnectionLimits())
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=_QUEUE)
        self.address = _address(self._socket)
        self._server = _Server(_config(self._app(), self.admission))
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True, name="http"
        )
        self._thread.start()
        if not self._server.ready.wait(_STARTS_S):
            raise TimeoutError(f"the HTTP server did not start within {_STARTS_S:.0f} s")

    def close(self) -> None:
        """Stop listening. Uploads that are complete are answered first."""
        self._server.should_exit = True
        self._thread.join()
        self._threads.shutdown(wait=False)

    def _app(self) -> Starlette:
        def unknown(_: Request, error: Exception) -> Response:
            return response(
                error_reply(404, "there are POST /frames, GET and POST /product, and GET /healthz")
            )

        routes = [
            Route("/frames", self._frames, methods=["POST"]),
            Route("/product", self._product, methods=["GET", "POST"]),
            Route("/healthz", self._healthz, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={404: unknown, 405: unknown})

    async def _healthz(self, request: Request) -> Response:
        return self._unauthenticated(request, self._busy() or UploadReply(200, {"status": "ok"}))

    async def _frames(self, request: Request) -> Response:
        connection: LimitedConnection = request.state.connection
        refusal = self._unauthorized(request)
        if refusal is not None:
            return self._unauthenticated(request, refusal)
        if self._token:
            connection.authenticated()
        refusal = unfit_length(request, self._max_bytes) or unfit_headers(request)
        if refusal is not None:
            return response(refusal) if self._token else self._unauthenticated(request, refusal)
        connection.authenticated()  # without a token, headers without a fault have to do
        refusal = self._busy()
        if refusal is None and self._uploads >= _UPLOADS:
            refusal = UploadReply(429, {"error": f"{_UPLOADS} uploads at once are the limit"}, 1)
        if refusal is not None:
            return response(refusal)
        self._uploads += 1
        try:
            return await self._receive(request)
        finally:
            self._uploads -= 1

    async def _receive(self, request: Request) -> Response:
        content = await whole_body(request)
        if isinstance(content, Response):
            return content
        headers, sender = request.headers, request.state.connection.address
        product = product_named(headers.get("X-Product"))
        upload = Upload(content, sender, slab_id_in(headers), product, tile_in(headers))
        loop = asyncio.get_running_loop()
        return response(await loop.run_in_executor(self._threads, self._offer, upload), close=False)

    async def _product(self, request: Request) -> Response:
        connection: LimitedConnection = request.state.connection
        refusal = self._unauthorized(request)
        if self._product_endpoint is None:
            refusal = refusal or error_reply(503, "the camera is starting: ask it again later")
        elif request.method == "POST" and not self._token:
            refusal = error_reply(403, "to switch the product, give the camera an http_token and send it")
        if request.method == "POST":
            refusal = refusal or unfit_length(request, MOST_BYTES)
        if refusal is not None or self._product_endpoint is None:
            return self._unauthenticated(request, refusal or error_reply(503, "the camera is starting"))
        if request.method == "GET":
            return self._unauthenticated(request, self._product_endpoint.get())
        connection.authenticated()
        content = await whole_body(request)
        if isinstance(content, Response):
            return content
        loop, post = asyncio.get_running_loop(), self._product_endpoint.post
        return response(
            await loop.run_in_executor(self._threads, post, content, connection.address), close=False
        )

    def _unauthenticated(self, request: Request, reply: UploadReply) -> Response:
        """Answer what needed no token, unless this address has asked too often."""
        connection: LimitedConnection = request.state.connection
        if not self.admission.may_answer(connection.address):
            connection.abort()
        return response(reply, close=request.method != "GET")

    def _unauthorized(self, request: Request) -> UploadReply | None:
        if not self._token:
            return None
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            return error_reply(401, "send the header Authorization: Bearer TOKEN")
        if not hmac.compare_digest(given.strip().encode("latin-1", "replace"), self._token):
            return error_reply(403, "this is not the token")
        return None


class _Server(uvicorn.Server):
    """Tells when it serves, and lets more connections wait than it accepts in a row."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or []:
            # asyncio takes its backlog for both; with a small one, those accepted are heard soon.
            listening.listen(_QUEUE)
        self.ready.set()


def _config(app: Starlette, admission: Admission) -> uvicorn.Config:
    # Uvicorn warns of every request that is no HTTP: whoever sends them would fill the log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        http=limited(admission),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_ACCEPTED_AT_ONCE,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_graceful_shutdown=_STOPS_S,
    )


def _address(listening: socket.socket) -> tuple[str, int]:
    host, port = listening.getsockname()[:2]
    return str(host), int(port)
