"""In the encoder's pod: how long each camera captured nothing: ``blind.py SINCE UNTIL`` (microseconds UTC).

Prints ``{"CAMERA": SECONDS}``: the longest time between two of its frames, less the time that usually lies
between two (the median).
"""

import json
import statistics
import sys
from itertools import pairwise

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.ports.verdicts import VerdictQuery

query = VerdictQuery(since=int(sys.argv[1]), until=int(sys.argv[2]))
store = open_store(load({}))
captured: dict[str, list[int]] = {}
after = None
while page := store.search(query, 500, after):
    for verdict in page:
        captured.setdefault(verdict.frame.camera, []).append(verdict.frame.captured_at)
    after = page[-1].frame.frame_id
blind = {}
for camera, times in captured.items():
    times.sort()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    blind[camera] = round(max(0, max(gaps) - statistics.median(gaps)) / 1e6, 1) if gaps else None
print(json.dumps(blind))
