"""The soft PLC's S7 server, by python-snap7: its memory as one data block."""

import threading
from collections.abc import Callable

from snap7.server import Server
from snap7.type import SrvArea

from marbleline.softplc.memory import Memory


def serve_s7(memory: Memory, host: str, port: int, block: int = 1) -> Callable[[], None]:
    """Serve the memory as data block ``block`` in threads of its own; returns what ends it.

    Register ``n`` is the word at byte ``2 * n``. The library answers on all addresses of the machine unless
    ``host`` names one.
    """
    server = Server(log=False)
    server.host = host
    server.register_area(SrvArea.DB, block, memory.block)
    server.start(tcp_port=port)

    def stop() -> None:
        thread = threading.Thread(target=server.stop, name="s7-stop", daemon=True)
        thread.start()
        thread.join(7.0)

    return stop
