"""In a pod with the store and the models: answer the line's questions about slabs that a camera has drawn.

``answering.py PRODUCT EACH COUNT SECONDS``: what a slab is stands in its frame's origin, so each answer is
right. Goes on until ``COUNT`` slabs have a label, and ``EACH`` good and ``EACH`` faulty ones have one that
counts for the risk, whose slab was not asked for because it looks strange. Prints how many were called what,
how many of the verdicts agreed, and why they were asked.
"""

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.training.commission.ask import Why
from marbleline.training.guided.labelled_slabs import standing_labels
from marbleline.training.guided.questions import learnt_versions, next_round

product, each, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
until = time.monotonic() + float(sys.argv[4])
line = os.environ["MARBLELINE_LINE"]
learnt = learnt_versions(Path(os.environ["MARBLELINE_MODEL"]).parent / product)
store = open_store(load({}))
right = decided = 0


def counted() -> Counter[bool]:
    known = standing_labels(store, line, product).values()
    return Counter(one.truth == "good" for one in known if one.labels[0].asked != Why.STRANGE)


while (
    min((found := counted())[True], found[False]) < each or len(standing_labels(store, line, product)) < count
):
    if time.monotonic() > until:
        sys.exit(f"{found} labels that count, of {each} each; slabs of {product} are too few")
    asked = next_round(store, line, product, 20, learnt)
    verdicts = [(store.verdict(one.frame_id), one.why) for one in asked]
    ready = [(one, why) for one, why in verdicts if one and store.image(one.frame.frame_id) is not None]
    if not ready:
        time.sleep(1)
        continue
    labels = [new_label(one, one.frame.origin.split("/")[4], "e2e", now(), asked=why) for one, why in ready]
    rejected = store.put_labels(labels)
    assert not rejected, rejected
    for (one, _), label in zip(ready, labels, strict=True):
        decided += one.decision is not Decision.REVIEW
        right += one.decision is (Decision.GOOD if label.truth == "good" else Decision.FAULTY)
known = standing_labels(store, line, product).values()
print(
    json.dumps(
        {
            "labels": Counter("good" if one.truth == "good" else "faulty" for one in known),
            "asked": Counter(one.labels[0].asked for one in known),
            "decided": decided,
            "right": right,
        }
    )
)
