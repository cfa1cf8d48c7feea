"""In any pod: which ports answer, ``reaching.py '{"NAME": ["ADDRESS", [PORT, ...]]}'``.

Prints ``{"NAME": [PORT, ...]}``: the ports that took a connection. What is refused, or says nothing for
some seconds, did not.
"""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

PATIENCE_S = 3


def answers(address: str, port: int) -> bool:
    """Whether a connection is taken."""
    try:
        socket.create_connection((address, port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


asked = [
    (name, address, port) for name, (address, ports) in json.loads(sys.argv[1]).items() for port in ports
]
found: dict[str, list[int]] = {name: [] for name, _, _ in asked}
# All at once: where packets are dropped instead of refused, each waits to the end of its patience.
with ThreadPoolExecutor(256) as pool:
    for (name, _, port), is_open in zip(asked, pool.map(lambda one: answers(*one[1:]), asked), strict=True):
        if is_open:
            found[name].append(port)
print(json.dumps(found))
