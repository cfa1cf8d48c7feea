"""A server whose answer comes byte by byte, and ends well in the end."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def dripping(start: bytes) -> Iterator[str]:
    """Answers one request with ``start``, then a byte each 50 ms for 20 s, then the end of the headers.

    Fails the test if the client waited for that end.
    """
    over, waited = threading.Event(), threading.Event()

    def answer() -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as connection:
            connection.recv(65_536)
            connection.sendall(start)
            for _ in range(400):
                if over.wait(0.05):
                    return
                connection.sendall(b"x")
            waited.set()
            connection.sendall(b": y\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=answer, daemon=True)
        server.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            server.join(20)
        assert not waited.is_set(), "the client waited for the answer's end"
