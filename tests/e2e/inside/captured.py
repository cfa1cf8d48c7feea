"""In a camera's pod: the highest sequence that landed in its spool, as ``{"CAMERA": SEQUENCE}``."""

import json
import os
from pathlib import Path

from marbleline.pipeline.camera.spool_view import captured_of, folders_in

found = folders_in(Path(os.environ["MARBLELINE_DATA"]))
print(json.dumps({camera: captured_of(folder) for camera, folder in found.items()}))
