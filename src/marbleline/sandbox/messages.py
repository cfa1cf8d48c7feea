"""How parent and child talk: over a socket pair, a JSON header and a body of bytes, each with its length."""

import json
import socket
import struct
import time
from collections.abc import Mapping
from typing import Final

from marbleline.domain.fields import mapping

_LENGTHS: Final = struct.Struct("!IQ")


def send(
    to: socket.socket, header: Mapping[str, object], body: bytes | memoryview, until: float | None = None
) -> None:
    """Send one message, by ``until`` (monotonic seconds).

    Raises OSError if the other side is gone, TimeoutError.
    """
    encoded = json.dumps(header, separators=(",", ":")).encode()
    _set_timeout(to, until)
    to.sendall(_LENGTHS.pack(len(encoded), len(body)) + encoded)
    _set_timeout(to, until)
    to.sendall(body)


def receive(
    origin: socket.socket, most_bytes: int, until: float | None = None
) -> tuple[Mapping[str, object], bytearray]:
    """The next message, of at most so many bytes, by ``until`` (monotonic seconds).

    Raises EOFError if the other side is gone, OSError, TimeoutError; ValueError or WireError if it is none.
    """
    head, body = _LENGTHS.unpack(_exactly(origin, _LENGTHS.size, until))
    if head + body > most_bytes:
        raise ValueError(f"a message of {head + body} bytes, the limit is {most_bytes}")
    header = {"header": json.loads(_exactly(origin, head, until))}
    return mapping(header, "header"), _exactly(origin, body, until)


def _exactly(origin: socket.socket, size: int, until: float | None) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    got = 0
    while got < size:
        _set_timeout(origin, until)  # each time anew: a child that drips bytes must not stretch it
        count = origin.recv_into(view[got:])
        if not count:
            raise EOFError("the other side is gone")
        got += count
    return data


def _set_timeout(one: socket.socket, until: float | None) -> None:
    if until is not None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        one.settimeout(left)
