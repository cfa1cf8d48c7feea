"""In a pod that stands in for another: take all connections on ports, ``listening.py PORT ...``."""

import selectors
import socket
import sys

waiting = selectors.DefaultSelector()
for port in sys.argv[1:]:
    waiting.register(socket.create_server(("", int(port)), backlog=64), selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        server = key.fileobj
        assert isinstance(server, socket.socket)
        server.accept()[0].close()
