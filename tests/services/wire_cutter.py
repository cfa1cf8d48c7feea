"""A TCP proxy that can be cut, hung and slowed: what a bad cable or a firewall does to a connection."""

import array
import contextlib
import fcntl
import select
import socket
import termios
import threading
import time
from enum import Enum
from typing import Final

_CHUNK: Final = 65_536


class Wire(Enum):
    """What the proxy does with connections."""

    WHOLE = "passes everything on"
    CUT = "ends connections and refuses new ones"
    HUNG = "keeps connections, passes nothing on"
    HUNG_OUT = "passes nothing on to the server, but its answers to the clients"
    HUNG_IN = "passes nothing on to the clients, but what they send to the server"


class WireCutter:
    """Listens on a loopback port of its own and passes on to ``host:port``.

    ``state`` may be changed at any time; ``delay_s`` holds back each piece that passes.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.state = Wire.WHOLE
        self.delay_s = 0.0
        self._closing = False
        self._near: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="wire", daemon=True)
        self._thread.start()

    def held(self) -> int:
        """Bytes that clients have sent and that weren't passed on."""
        total = 0
        for near in list(self._near):
            count = array.array("i", [0])
            fcntl.ioctl(near, termios.FIONREAD, count)
            total += count[0]
        return total

    def close(self) -> None:
        """Cut for good."""
        self.state = Wire.CUT
        self._closing = True
        self._thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing:
            ready, _, _ = select.select([self._listener], [], [], 0.1)
            if ready:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            while self.state is Wire.HUNG:
                time.sleep(0.05)
            if self.state is Wire.CUT:
                return
            with socket.create_connection(self._target, timeout=5) as far:
                far.settimeout(None)
                self._near.add(near)
                try:
                    self._pass_on(near, far)
                finally:
                    self._near.discard(near)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        while self.state is not Wire.CUT:
            if self.state is Wire.HUNG:
                time.sleep(0.05)
                continue
            ready, _, _ = select.select([near, far], [], [], 0.1)
            hung = {Wire.WHOLE: (), Wire.HUNG_OUT: (near,), Wire.HUNG_IN: (far,)}
            passes = [side for side in ready if side not in hung.get(self.state, (near, far))]
            if ready and not passes:
                time.sleep(0.05)
            for side in passes:
                piece = side.recv(_CHUNK)
                if not piece:
                    return
                if self.delay_s:
                    time.sleep(self.delay_s)
                other[side].sendall(piece)
