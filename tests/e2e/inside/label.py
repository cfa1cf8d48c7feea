"""In a pod with the store: label every frame of the camera `batch` by its file's name: crack-... or good-...

Prints how many of each.
"""

import json
from collections import Counter

from marbleline import wiring
from marbleline.domain.clock import now
from marbleline.domain.label import new_label
from marbleline.ports.store import VerdictQuery
from marbleline.settings import load

store = wiring.make_store(load({}))
verdicts = store.search(VerdictQuery(camera="batch"), 500)
labels = [new_label(one, (one.frame.origin or "").split("-")[0], "e2e", now()) for one in verdicts]
rejected = store.put_labels(labels)
assert not rejected, rejected
print(json.dumps(Counter(one.truth for one in labels)))
