"""The websocket by which a tab gets what changes: ``/_live``.

The browser's first message is its tab's secret. From then on the server sends: at once what the person's own
action changed, at most every ``GAP_S`` what the line changed, and every ``TICK_S`` what time changed.
"""

import asyncio
from typing import Final

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from marbleline.console.auth.login import Login
from marbleline.console.state.services import services
from marbleline.console.stream.changes import SentState
from marbleline.console.stream.drawing import TabDrawing
from marbleline.console.stream.tabs import Tab, View, find_tab

PATH: Final = "/_live"
REFUSED: Final = 4401
"""Close code: no open session has this secret, or it is another person's."""

POLL_S: Final = 0.03
GAP_S: Final = 0.25
TICK_S: Final = 0.5
_SECRET_WITHIN_S: Final = 10.0
_MAX_SECRET: Final = 100


def stream_route(pages: tuple[str, ...]) -> WebSocketRoute:
    """The route; ``pages`` are the links of the bar."""

    async def serve(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            secret = await asyncio.wait_for(_first_text(websocket), _SECRET_WITHIN_S)
            tab = find_tab(secret)
            if tab is None or not _is_same_person(tab.view, websocket):
                await websocket.close(REFUSED)
                return
            del secret
            await _send_changes(websocket, tab, TabDrawing(services(), pages))
        except (WebSocketDisconnect, TimeoutError):
            return

    return WebSocketRoute(PATH, serve)


async def _first_text(websocket: WebSocket) -> str:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    return (message.get("text") or "")[:_MAX_SECRET]


def _is_same_person(view: View | None, websocket: WebSocket) -> bool:
    """Whether the connection itself is the view's person, as far as it says who it is.

    With OpenID Connect only Streamlit's session knows; the secret came through it.
    """
    access = services().access
    if view is None or access.login is Login.OIDC:
        return view is not None
    peer = websocket.client.host if websocket.client else None
    return access.person(peer, dict(websocket.headers), {}) == view.person


async def _send_changes(websocket: WebSocket, tab: Tab, drawing: TabDrawing) -> None:
    """Send until the browser leaves."""
    gone = asyncio.create_task(_until_gone(websocket))
    loop, sent = asyncio.get_running_loop(), SentState()
    feed = services().feed
    drawn_view, drawn_feed, drawn_at = -1, -1, 0.0

    def draw(view: View) -> bytes | None:
        return sent.update(drawing.parts(view))

    try:
        while not gone.done():
            since, view = loop.time() - drawn_at, tab.view
            news = feed.revision != drawn_feed and since >= GAP_S
            if view is not None and (tab.revision != drawn_view or news or since >= TICK_S):
                drawn_view, drawn_feed, drawn_at = tab.revision, feed.revision, loop.time()
                message = await asyncio.to_thread(draw, view)
                if message is not None:
                    await websocket.send_text(message.decode())
            await asyncio.wait({gone}, timeout=POLL_S)
    finally:
        gone.cancel()


async def _until_gone(websocket: WebSocket) -> None:
    """Return when the browser has left; what else it says is ignored."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
