"""A network camera in miniature: RTSP over TCP with a password, sending JPEGs (RFC 2326 and 2435)."""

import base64
import contextlib
import io
import re
import socket
import struct
import threading
from itertools import count

from PIL import Image

from tests.builders import make_pixels

WIDTH, HEIGHT = 64, 48


class RtspCamera:
    """``requests`` are all that it was asked; those without the right password are refused.

    While it is ``frozen`` it keeps its connections and sends nothing.
    """

    def __init__(self, user: str, password: str, port: int = 0) -> None:
        self._credentials = b"Basic " + base64.b64encode(f"{user}:{password}".encode())
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._unplugged = threading.Event()
        self.frozen = threading.Event()
        self._clients: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Cut all connections and stop listening."""
        self._unplugged.set()
        for connection in (self._listener, *self._clients):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join(20)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client.makefile("rb") as lines:
            while request := b"".join(iter(lines.readline, b"\r\n")):
                self.requests.append(request)
                client.sendall(self._answer(request))
                if request.startswith(b"PLAY") and self._credentials in request:
                    self._play(client)

    def _answer(self, request: bytes) -> bytes:
        method = request.split(b" ", 1)[0]
        number = re.search(rb"CSeq: *(\d+)", request)
        head = b"RTSP/1.0 200 OK\r\nCSeq: %s\r\n" % (number[1] if number else b"0")
        if method == b"OPTIONS":
            return head + b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"
        if self._credentials not in request:
            return (
                head.replace(b"200 OK", b"401 Unauthorized")
                + b'WWW-Authenticate: Basic realm="camera"\r\n\r\n'
            )
        if method == b"DESCRIBE":
            session = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=belt\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\n"
            head += b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(session)
            return head + session
        if method == b"SETUP":
            if b"TCP" not in request:
                return head.replace(b"200 OK", b"461 Unsupported Transport") + b"\r\n"
            return head + b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n"
        return head + b"Session: 1\r\n\r\n"

    def _play(self, client: socket.socket) -> None:
        numbers = count()
        for picture in count():
            if self._unplugged.wait(0.02):
                return
            if self.frozen.is_set():
                continue
            for packet in _packets(picture, numbers):
                client.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)


def _packets(picture: int, numbers: "count[int]") -> list[bytes]:
    buffer = io.BytesIO()
    Image.fromarray(make_pixels(picture, WIDTH, HEIGHT)).save(buffer, format="JPEG", quality=80)
    data = buffer.getvalue()
    tables = b"".join(
        data[at + 5 : at + 69] for at in (match.start() for match in re.finditer(b"\xff\xdb", data))
    )
    scan_at = data.index(b"\xff\xda")
    scan = data[scan_at + 2 + struct.unpack(">H", data[scan_at + 2 : scan_at + 4])[0] : -2]
    packets = []
    for at in range(0, len(scan), 1000):
        last = at + 1000 >= len(scan)
        rtp = struct.pack(">BBHII", 0x80, 26 | 0x80 * last, next(numbers) & 0xFFFF, picture * 3600, 7)
        jpeg = struct.pack(">IBBBB", at, 1, 255, WIDTH // 8, HEIGHT // 8)
        if at == 0:
            jpeg += struct.pack(">BBH", 0, 0, len(tables)) + tables
        packets.append(rtp + jpeg + scan[at : at + 1000])
    return packets
