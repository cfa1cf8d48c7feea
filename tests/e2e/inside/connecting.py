"""In a worker's pod: connect to the broker anew, twice a second, until it shows another certificate.

``connecting.py SECONDS``: at most so long. Trusts what MARBLELINE_BROKER_CA_FILE holds at that moment. Goes
on for some seconds after the change. Prints how many connections were made, how long at most none could be
made, and whether the certificate changed.
"""

import json
import os
import socket
import ssl
import sys
import time
from urllib.parse import urlsplit

address = urlsplit(os.environ["MARBLELINE_BROKER"])
assert address.hostname is not None
place = (address.hostname, address.port or 5671)
until = time.monotonic() + float(sys.argv[1])
seen: set[bytes] = set()
made = 0
longest = 0.0
last = time.monotonic()
while time.monotonic() < until:
    try:
        context = ssl.create_default_context(cafile=os.environ["MARBLELINE_BROKER_CA_FILE"])
        with (
            socket.create_connection(place, timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=place[0]) as connection,
        ):
            shown = connection.getpeercert(binary_form=True)
        if seen and shown not in seen:
            until = min(until, time.monotonic() + 10)
        seen.add(shown or b"")
        made, last = made + 1, time.monotonic()
    except OSError as error:
        longest = max(longest, time.monotonic() - last)
        print(error, file=sys.stderr)
    time.sleep(0.5)
print(json.dumps({"made": made, "longest_s": round(longest, 1), "changed": len(seen) > 1}))
