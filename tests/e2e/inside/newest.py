"""In a pod with the store: wait until the newest verdict is by a version.

``newest.py VERSION SECONDS [PRODUCT]``. Prints the seconds until it was, or null.
"""

import json
import sys
import time

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.domain.clock import now
from marbleline.ports.verdicts import VerdictQuery

version, begun, start = int(sys.argv[1]), time.monotonic(), now()
product = sys.argv[3] if len(sys.argv) > 3 else None
store = open_store(load({}))
waited = None
while waited is None and time.monotonic() - begun < float(sys.argv[2]):
    if store.counts(VerdictQuery(product=product, model_version=version, since=start)).total:
        waited = round(time.monotonic() - begun, 1)
    time.sleep(0.5)
print(json.dumps(waited))
