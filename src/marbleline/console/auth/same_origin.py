"""Websockets of other sites' pages are refused before Streamlit sees them."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY_VIOLATION: Final = 1008


class SameOriginOnly:
    """ASGI middleware: a websocket's ``Origin`` must be the ``Host`` it asks for (RFC 6455, section 10.2).

    Streamlit refuses others too, but asks a server on the internet for this machine's address first, and
    waits for the answer. A client that sends no ``Origin`` is no browser; it is let through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or close with 403."""
        if scope["type"] == "websocket" and not _is_same(Headers(scope=scope)):
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        await self._app(scope, receive, send)


def _is_same(headers: Headers) -> bool:
    origin, host = headers.get("origin"), headers.get("host", "").lower()
    return origin is None or origin.lower() in (f"http://{host}", f"https://{host}")
