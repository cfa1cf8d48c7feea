"""A real HTTP receiver that does what a test tells it to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Call:
    """One POST."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """Answers each call with the next of ``statuses``, and 204 when there are no more."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


@contextmanager
def receiving(*statuses: int) -> Iterator[Scripted]:
    """A receiver that listens until the block ends."""
    script = Scripted(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.calls.append(Call(headers, body))
            status = script.statuses.pop(0) if script.statuses else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{script.url}/elsewhere")
            said = b"" if status == 204 else b"because of the test"
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
