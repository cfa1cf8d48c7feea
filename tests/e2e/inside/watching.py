"""In the encoder's pod: watch the line's verdicts for so many seconds, ``watching.py SECONDS``.

Prints how many frames were judged, how many of them late or by the publisher itself, and the longest gap.
"""

import json
import sys
import time

from marbleline.bootstrap.adapters import open_broker
from marbleline.bootstrap.catalogue import load
from marbleline.domain.verdict import Verdict

broker = open_broker(load({}), "e2e")
feed = broker.subscribe(["verdict.#"], max_length=10_000)
frames: dict[str, Verdict] = {}
began = last = time.monotonic()
longest = 0.0
while (left := began + float(sys.argv[1]) - time.monotonic()) > 0:
    for message in feed.receive(100, wait_s=min(left, 0.5)):
        frames[message.message_id] = Verdict.from_json(message.body)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
longest = max(longest, time.monotonic() - last)
feed.close()
broker.close()
late = sum(verdict.late for verdict in frames.values())
own = sum(verdict.model.fallback for verdict in frames.values())
print(json.dumps({"judged": len(frames), "late": late, "by_itself": own, "longest_gap_s": round(longest, 1)}))
