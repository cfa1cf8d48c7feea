"""In a pod with the store: ``{"KIND SUBJECT": whether it is raised}`` of all alarms."""

import json

from marbleline import wiring
from marbleline.settings import load

store = wiring.make_store(load({}))
print(json.dumps({f"{one.kind} {one.subject}": one.raised for one in store.alarms()}))
