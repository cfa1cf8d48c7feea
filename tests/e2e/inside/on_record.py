"""In a worker's pod: the verdicts on record of a camera, ``on_record.py CAMERA``, as a JSON list."""

import json
import sys

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.ports.verdicts import VerdictQuery

query = VerdictQuery(camera=sys.argv[1])
store = open_store(load({}))
found: list[str] = []
after = None
while page := store.search(query, 500, after):
    found += [verdict.to_json().decode() for verdict in page]
    after = page[-1].frame.frame_id
print(json.dumps(found))
