"""In the pod `steward`: the model's labels, and the gate's report of each version, refused ones beside."""

import json
import os
from pathlib import Path

from marbleline.domain.version_labels import read_labels

folder = Path(os.environ["MARBLELINE_MODEL"])


def gates(place: Path) -> dict[str, object]:
    return {path.parent.name: json.loads(path.read_text()) for path in sorted(place.glob("*/gate.json"))}


print(
    json.dumps({"labels": read_labels(folder), "gates": gates(folder), "refused": gates(folder / "refused")})
)
