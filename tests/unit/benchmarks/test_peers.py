"""The cameras that post to a plain service: what they lose, and what they post again."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from benchmarks.peers.camera import post_all


@contextmanager
def refusing_first() -> Iterator[tuple[int, list[str]]]:
    """A server that refuses each frame once: its port, and the frames that it took."""
    asked: set[str] = set()
    taken: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            frame = self.path.rpartition("/")[2]
            status = 200 if frame in asked else 503
            if status == 200:
                taken.append(frame)
            asked.add(frame)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Nothing on standard error."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], taken
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("again", [False, True])
def test_a_refused_picture_is_lost_or_posted_again(again: bool) -> None:
    with refusing_first() as (port, taken):
        posted = post_all(port, cameras=2, each=3, rate=0, again=again)
    frames = [f"{camera}-{number}" for camera in range(2) for number in range(3)]
    assert sorted(posted.captured) == frames
    assert sorted(taken) == (frames if again else [])
    assert len(posted.delays) == len(taken)
