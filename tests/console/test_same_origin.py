"""A websocket from another site's page, sent to a real console."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.console.process import console


def shaken(address: str, origin: str) -> bytes:
    """The answer's first line."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=60) as connection:
        connection.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {where.netloc}\r\nOrigin: {origin}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return connection.recv(1000).partition(b"\r\n")[0]


def test_it_is_refused_and_nothing_on_the_internet_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as internet:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{internet.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with console(tmp_path) as (address, _):
            assert shaken(address, "http://evil.example").startswith(b"HTTP/1.1 403")
            assert shaken(address, address).startswith(b"HTTP/1.1 101")
        internet.setblocking(False)
        with pytest.raises(BlockingIOError):
            internet.accept()
