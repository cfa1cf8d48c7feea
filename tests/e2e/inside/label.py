"""In a pod with the store: label slabs by their ids, good-... or dot-..., as an operator's overrule does.

``label.py CAMERA COUNT SECONDS [shuffled]``: waits until so many slabs of the camera are judged and their
pictures kept. Shuffled labels go by the slabs' numbers, in such a way that they say nothing of the slab; a
later word of the same person counts, so they can be put right. Prints how many were called what, and how many
of the verdicts agreed.
"""

import json
import sys
import time
from collections import Counter

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.ports.verdicts import VerdictQuery

camera, count, until = sys.argv[1], int(sys.argv[2]), time.monotonic() + float(sys.argv[3])
store = open_store(load({}))
verdicts = []
while len(verdicts) < count or any(store.image(one.frame.frame_id) is None for one in verdicts):
    if time.monotonic() > until:
        sys.exit(f"{len(verdicts)} of {count} slabs of {camera} are judged and kept")
    time.sleep(0.5)
    verdicts = store.search(VerdictQuery(camera=camera), 500)


def truth(slab_id: str) -> str:
    named, _, number = slab_id.partition("-")
    return ("good", "dot")[int(number) // 8 % 2] if "shuffled" in sys.argv else named


labels = [new_label(one, truth(one.frame.slab_id or ""), "e2e", now()) for one in verdicts]
rejected = store.put_labels(labels)
assert not rejected, rejected
called = {"good": Decision.GOOD, "dot": Decision.FAULTY}
right = sum(one.decision is called[label.truth] for one, label in zip(verdicts, labels, strict=True))
print(json.dumps({"labels": Counter(one.truth for one in labels), "right": right}))
