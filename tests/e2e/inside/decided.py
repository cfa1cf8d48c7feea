"""In a pod with the store: what a version decided of slabs that a camera has drawn.

``decided.py PRODUCT VERSION COUNT SECONDS``: waits until it has judged so many slabs that nobody labelled.
Prints how many of these it decided, and how many faulty ones it let pass and good ones it rejected.
"""

import json
import os
import sys
import time
from collections import Counter

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.domain.decision import Decision
from marbleline.ports.verdicts import VerdictQuery
from marbleline.training.guided.labelled_slabs import standing_labels

product, version, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
until = time.monotonic() + float(sys.argv[4])
line = os.environ["MARBLELINE_LINE"]
store = open_store(load({}))
query = VerdictQuery(line=line, product=product, model_version=version)
while True:
    labelled = standing_labels(store, line, product)
    found = [one for one in store.search(query, 500) if one.frame.frame_id not in labelled]
    if len(found) >= count:
        break
    if time.monotonic() > until:
        sys.exit(f"{len(found)} of {count} slabs of {product} are judged by version {version}")
    time.sleep(1)
counts = Counter((one.decision, one.frame.origin.split("/")[4] == "good") for one in found)
print(
    json.dumps(
        {
            "slabs": len(found),
            "decided": sum(number for (decision, _), number in counts.items() if decision != Decision.REVIEW),
            "escapes": counts[Decision.GOOD, False],
            "overkill": counts[Decision.FAULTY, True],
        }
    )
)
