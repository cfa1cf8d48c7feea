"""In a pod with the store: ``{"KIND SUBJECT": whether it is raised}`` of all alarms."""

import json

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.catalogue import load

store = open_store(load({}))
print(json.dumps({f"{one.kind} {one.subject}": one.raised for one in store.alarms()}))
