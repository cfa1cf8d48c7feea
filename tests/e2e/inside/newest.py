"""In a pod with the store: wait until the newest verdict is by a version: ``newest.py VERSION SECONDS``.

Prints the seconds until it was, or null.
"""

import json
import sys
import time

from marbleline import wiring
from marbleline.domain.clock import now
from marbleline.ports.store import VerdictQuery
from marbleline.settings import load

version, begun, start = int(sys.argv[1]), time.monotonic(), now()
store = wiring.make_store(load({}))
waited = None
while waited is None and time.monotonic() - begun < float(sys.argv[2]):
    if store.counts(VerdictQuery(model_version=version, since=start)).total:
        waited = round(time.monotonic() - begun, 1)
    time.sleep(0.5)
print(json.dumps(waited))
