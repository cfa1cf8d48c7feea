"""In the pod `steward`, where no training made a candidate: version 2 is a copy of 1, which is stable.

Prints the labels, and leaves alone a candidate that is there. The gate's report that lies with the copy says
that it passed: what is tested is what follows.
"""

import json
import os
import shutil
from pathlib import Path

from marbleline.domain.version_labels import read_labels, write_labels

folder = Path(os.environ["MARBLELINE_MODEL"])
if "candidate" not in read_labels(folder):
    labels = {"stable": 1}
    write_labels(folder, labels)  # before a newer version is there, which would be used without labels
    beside = folder / ".2"
    shutil.copytree(folder / "1", beside, dirs_exist_ok=True)
    manifest = json.loads((beside / "manifest.json").read_text())
    (beside / "manifest.json").write_text(json.dumps({**manifest, "version": 2}))
    (beside / "gate.json").write_text(json.dumps({"passed": True, "reasons": []}))
    beside.rename(folder / "2")
    labels["candidate"] = 2
    write_labels(folder, labels)
print(json.dumps(read_labels(folder)))
