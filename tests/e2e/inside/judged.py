"""In the encoder's pod: wait until the store holds a verdict of every frame up to a cut-off.

``judged.py CUTOFFS SECONDS``, with the cut-offs as JSON, camera -> sequence. Prints what the store holds by
then: ``judged`` distinct sequences, ``verdicts`` that count, and all verdicts of the line by model version.
"""

import json
import sys
import time

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load
from marbleline.domain.clock import now
from marbleline.errors import Unavailable
from marbleline.ports.verdicts import VerdictQuery

cutoffs = json.loads(sys.argv[1])
until = time.monotonic() + float(sys.argv[2])
store = open_store(load({}))
judged = verdicts = -1
while True:
    try:
        found = [store.judged(camera, sequence) for camera, sequence in cutoffs.items()]
        judged, verdicts = sum(one.sequences for one in found), sum(one.verdicts for one in found)
    except Unavailable as error:
        print(error, file=sys.stderr)
    if judged == sum(cutoffs.values()) or time.monotonic() >= until:
        break
    time.sleep(0.5)
if judged < 0:
    sys.exit("the store gave no answer within the limit")
# The whole before its parts, and nothing of the last seconds: verdicts go on coming meanwhile.
past = now() - 5_000_000
everything = store.counts(VerdictQuery(until=past)).total
versions = {
    version: store.counts(VerdictQuery(model_version=version, until=past)).total for version in range(1, 4)
}
print(json.dumps({"judged": judged, "verdicts": verdicts, "versions": versions, "all": everything}))
