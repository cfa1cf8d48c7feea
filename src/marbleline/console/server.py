"""The console's process: one feed, one web server, and a clean end to both."""

import logging
import os
import signal
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware

from marbleline.console.auth.same_origin import SameOriginOnly
from marbleline.console.pages.registry import PAGES
from marbleline.console.state.services import Services, set_services
from marbleline.console.stream.endpoint import stream_route
from marbleline.console.stream.preview import preview_route

APP: Final = Path(__file__).parent / "pages" / "app.py"

OPTIONS: Final[dict[str, Any]] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    # Inputs whose text is set by the tab's state have it as their default too (pages/camera_source.py).
    "global.disableWidgetStateDuplicationWarning": True,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    # Its welcome looks up this machine's public address: the console asks nothing of the internet.
    "logger.hideWelcomeMessage": True,
    "logger.enableRich": False,
    # A collection after every refresh of every tab would cost more than the refresh.
    "runner.postScriptGC": False,
}

DARK: Final = {
    "primaryColor": "#6cc7ff",
    "backgroundColor": "#101417",
    "secondaryBackgroundColor": "#1a2024",
    "textColor": "#f1f4f5",
    "font": "sans-serif",
}
LIGHT: Final = {
    "primaryColor": "#005a94",
    "backgroundColor": "#f3f5f6",
    "secondaryBackgroundColor": "#ffffff",
    "textColor": "#14191c",
    "font": "sans-serif",
}


def theme_options(theme: str) -> dict[str, str]:
    """Streamlit's own options for ``dark``, ``light``, or ``auto``: as each browser prefers.

    Streamlit's widgets follow them; our markup follows ``color-scheme``, with the same colours in
    ``style.css``.
    """
    if theme == "auto":
        both = {"light": LIGHT, "dark": DARK}
        return {f"theme.{name}.{key}": value for name, one in both.items() for key, value in one.items()}
    colours = DARK if theme == "dark" else LIGHT
    return {"theme.base": theme, **{f"theme.{key}": value for key, value in colours.items()}}


def serve(
    services: Services,
    host: str,
    port: int,
    stop: threading.Event,
    secrets: Path | None = None,
    theme: str = "dark",
) -> None:
    """Serve the console until ``stop`` is set or the process gets SIGTERM or SIGINT.

    ``secrets`` is the file with Streamlit's ``[auth]``; ``theme`` is dark, light or auto.
    Raises SystemExit if the port is taken.
    """
    # Who holds a connection is then always its other end itself: it decides whether a header is believed.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    over = threading.Event()

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncGenerator[None]:
        _adopt_logs()
        set_services(services)
        services.start()
        try:
            yield
        finally:
            set_services(None)
            services.close()
            over.set()

    def pass_on() -> None:
        """Streamlit's server stops by a signal only."""
        stop.wait()
        if not over.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=pass_on, name="console-stop", daemon=True).start()
    app = st.App(
        APP,
        lifespan=lifespan,
        routes=[stream_route(PAGES), preview_route()],
        middleware=[Middleware(SameOriginOnly)],
    )
    own = {
        "server.address": host,
        "server.port": port,
        **({"secrets.files": [str(secrets)]} if secrets else {}),
    }
    app.run(config={**OPTIONS, **theme_options(theme), **own})


def _adopt_logs() -> None:
    """Let the web server's own logs come out the way ours do."""
    for name in tuple(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("streamlit", "uvicorn"):
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.WARNING)  # it would log every file that a browser fetches
