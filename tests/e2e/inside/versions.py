"""In the pod `steward`: the model's labels and versions, and the gate's reports, of refused ones beside.

Each report says besides how many ``pictures`` lie with it, and whether it can be read as a ``page`` too.
"""

import json
import os
from pathlib import Path

from marbleline.domain.model import versions_in
from marbleline.domain.version_labels import read_labels

folder = Path(os.environ["MARBLELINE_MODEL"])


def gates(place: Path) -> dict[str, object]:
    return {path.parent.name: report(path) for path in sorted(place.glob("*/gate.json"))}


def report(path: Path) -> dict[str, object]:
    beside = {"page": path.with_suffix(".md").is_file(), "pictures": len(list(path.parent.glob("gate/*")))}
    return json.loads(path.read_text()) | beside


found = {"labels": read_labels(folder), "versions": sorted(versions_in(folder))}
print(json.dumps(found | {"gates": gates(folder), "refused": gates(folder / "refused")}))
