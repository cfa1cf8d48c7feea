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
from marbleline.console.state.services import Services, set_services

APP: Final = Path(__file__).parent / "pages" / "app.py"

OPTIONS: Final[dict[str, Any]] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    # Its welcome looks up this machine's public address: the console asks nothing of the internet.
    "logger.hideWelcomeMessage": True,
    "logger.enableRich": False,
    # A collection after every refresh of every tab would cost more than the refresh.
    "runner.postScriptGC": False,
    "theme.base": "dark",
    "theme.primaryColor": "#6cc7ff",
    "theme.backgroundColor": "#101417",
    "theme.secondaryBackgroundColor": "#1a2024",
    "theme.textColor": "#f1f4f5",
    "theme.font": "sans-serif",
}


def serve(
    services: Services, host: str, port: int, stop: threading.Event, secrets: Path | None = None
) -> None:
    """Serve the console until ``stop`` is set or the process gets SIGTERM or SIGINT.

    ``secrets`` is the file with Streamlit's ``[auth]``. Raises SystemExit if the port is taken.
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
    app = st.App(APP, lifespan=lifespan, middleware=[Middleware(SameOriginOnly)])
    own = {
        "server.address": host,
        "server.port": port,
        **({"secrets.files": [str(secrets)]} if secrets else {}),
    }
    app.run(config={**OPTIONS, **own})


def _adopt_logs() -> None:
    """Let the web server's own logs come out the way ours do."""
    for name in tuple(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("streamlit", "uvicorn"):
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.WARNING)  # it would log every file that a browser fetches
