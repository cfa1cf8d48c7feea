"""Whether a worker lives and can do its work, asked by Kubernetes or a person over HTTP.

Live means that its loops turn; ready means that all they need could be used when they last tried, but for
loops in the background, such as the recorders: while the store is away verdicts go on. Both come from the
loops themselves: a probe that opened connections of its own would test those.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from marbleline.telemetry.metrics import DEPENDENCY_ERRORS

DEAD_AFTER_S: Final = 60.0
_MOST_CONNECTIONS: Final = 64
_IDLE_S: Final = 5.0


class Heartbeat:
    """One loop's signs of life. Written by the loop, read by the probe.

    ``background``: nobody waits for the loop's work, so its trouble does not make the worker unready.
    """

    def __init__(self, name: str, *, background: bool = False) -> None:
        self.name = name
        self.background = background
        self.beaten_at: float | None = None
        self.trouble: str | None = None

    def ok(self) -> None:
        """The loop turned, and could do its work."""
        self.beaten_at = time.monotonic()
        self.trouble = None

    def degraded(self, what: str, error: Exception) -> None:
        """The loop turned, but something that it needs can't be used: ``what``, a word for metrics."""
        self.beaten_at = time.monotonic()
        self.trouble = f"{what}: {error}"
        DEPENDENCY_ERRORS.labels(loop=self.name, what=what).inc()


class Health:
    """The heartbeats of all loops of a process."""

    def __init__(self) -> None:
        self._heartbeats: list[Heartbeat] = []

    def heartbeat(self, name: str, *, background: bool = False) -> Heartbeat:
        """Make the heartbeat of one more loop."""
        heartbeat = Heartbeat(name, background=background)
        self._heartbeats.append(heartbeat)
        return heartbeat

    def live(self) -> dict[str, str]:
        """What keeps the worker from being called live, by loop; empty if it is live."""
        now = time.monotonic()
        return {
            heartbeat.name: f"its loop has not turned for {now - heartbeat.beaten_at:.0f} s"
            for heartbeat in self._heartbeats
            if heartbeat.beaten_at is not None and now - heartbeat.beaten_at > DEAD_AFTER_S
        }

    def ready(self) -> dict[str, str]:
        """What keeps the worker from its work, by loop; empty if it is ready."""
        starting = {
            heartbeat.name: "starting" for heartbeat in self._heartbeats if heartbeat.beaten_at is None
        }
        troubled = {
            heartbeat.name: heartbeat.trouble
            for heartbeat in self._heartbeats
            if heartbeat.trouble and not heartbeat.background
        }
        return {**starting, **troubled, **self.live()}


@contextmanager
def serving(health: Health, host: str, port: int) -> Iterator[int]:
    """Serve ``/healthz``, ``/readyz`` and ``/metrics`` until the block ends; yields the port.

    With port 0 nothing is served. Raises OSError if the port is taken.
    """
    if not port:
        yield 0
        return
    server = _Server((host, port), _handler(health))
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """A thread per connection, of at most 64: another one closes the oldest.

    The oldest, because a probe sends its request at once and is answered in milliseconds; what has been open
    for longest is idle, and must not keep a probe out.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._lock = threading.Lock()
        self._open: dict[socket.socket, None] = {}
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection on a thread of its own."""
        with self._lock:
            self._open[request] = None
            if len(self._open) > _MOST_CONNECTIONS:
                oldest = next(iter(self._open))
                del self._open[oldest]
                with contextlib.suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection has been served."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_S

        def do_GET(self) -> None:
            if self.path == "/metrics":
                # OpenMetrics for a scraper that asks for it, Prometheus' older text for others.
                encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, content_type, encode(REGISTRY))
            elif self.path in ("/healthz", "/readyz"):
                problems = health.live() if self.path == "/healthz" else health.ready()
                body = json.dumps({"ok": not problems, "problems": problems}).encode()
                self._answer(503 if problems else 200, "application/json", body)
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
