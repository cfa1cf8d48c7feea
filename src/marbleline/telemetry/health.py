"""Whether a worker lives and can do its work, asked by Kubernetes or a person over HTTP.

Live means that its loops turn; ready means that all they need could be used when they last tried. Both
come from the loops themselves: a probe that opened connections of its own would test those.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from marbleline.telemetry.metrics import TROUBLE

DEAD_AFTER_S: Final = 60.0


class Pulse:
    """One loop's signs of life. Written by the loop, read by the probe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.beaten_at: float | None = None
        self.trouble: str | None = None

    def beat(self) -> None:
        """The loop turned, and could do its work."""
        self.beaten_at = time.monotonic()
        self.trouble = None

    def ail(self, what: str, error: Exception) -> None:
        """The loop turned, but something that it needs can't be used: ``what``, a word for metrics."""
        self.beaten_at = time.monotonic()
        self.trouble = f"{what}: {error}"
        TROUBLE.labels(loop=self.name, what=what).inc()


class Health:
    """All the pulses of a process."""

    def __init__(self) -> None:
        self._pulses: list[Pulse] = []

    def pulse(self, name: str) -> Pulse:
        """A new loop's pulse."""
        pulse = Pulse(name)
        self._pulses.append(pulse)
        return pulse

    def live(self) -> dict[str, str]:
        """What keeps the worker from being called live, by loop; empty if it is live."""
        now = time.monotonic()
        return {
            pulse.name: f"its loop has not turned for {now - pulse.beaten_at:.0f} s"
            for pulse in self._pulses
            if pulse.beaten_at is not None and now - pulse.beaten_at > DEAD_AFTER_S
        }

    def ready(self) -> dict[str, str]:
        """What keeps the worker from its work, by loop; empty if it is ready."""
        starting = {pulse.name: "starting" for pulse in self._pulses if pulse.beaten_at is None}
        troubled = {pulse.name: pulse.trouble for pulse in self._pulses if pulse.trouble}
        return {**starting, **troubled, **self.live()}


@contextmanager
def serving(health: Health, host: str, port: int) -> Iterator[int]:
    """Serve ``/healthz``, ``/readyz`` and ``/metrics`` until the block ends; yields the port.

    With port 0 nothing is served. Raises OSError if the port is taken.
    """
    if not port:
        yield 0
        return
    server = ThreadingHTTPServer((host, port), _handler(health))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            if self.path == "/metrics":
                # OpenMetrics for a scraper that asks for it, Prometheus' older text for others.
                encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, content_type, encode(REGISTRY))
            elif self.path in ("/healthz", "/readyz"):
                complaints = health.live() if self.path == "/healthz" else health.ready()
                body = json.dumps({"ok": not complaints, "complaints": complaints}).encode()
                self._answer(503 if complaints else 200, "application/json", body)
            else:
                self._answer(404, "text/plain", b"there are /healthz, /readyz and /metrics\n")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return None

    return Handler
