"""Websockets that a page of another site opens."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from marbleline.console.auth.same_origin import SameOriginOnly


def opened(kind: str, origin: str | None, host: str = "console.plant:8501") -> tuple[bool, list[Message]]:
    """Whether the request came through, and what was answered instead."""
    came: list[Scope] = []
    sent: list[Message] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        came.append(scope)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    asyncio.run(SameOriginOnly(inside)({"type": kind, "headers": headers}, receive, send))
    return bool(came), sent


@pytest.mark.parametrize("origin", [None, "http://console.plant:8501", "https://CONSOLE.plant:8501"])
def test_its_own_page_comes_through(origin: str | None) -> None:
    assert opened("websocket", origin) == (True, [])


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost:8501", "http://console.plant", "null", "", "http://[x"],
)
def test_another_sites_page_is_refused(origin: str) -> None:
    assert opened("websocket", origin) == (False, [{"type": "websocket.close", "code": 1008}])


def test_pages_and_pictures_are_left_to_streamlit() -> None:
    assert opened("http", "http://evil.example") == (True, [])
