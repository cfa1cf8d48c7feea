"""Write a version 2 of the model that is a copy of version 1: ``python -m tests.e2e.second_model FOLDER``.

The folder then holds both, fit to be copied to /repository/marble of an image of the model.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Final

MODEL: Final = Path(__file__).parents[2] / "model_repo" / "marble"


def write(folder: Path) -> None:
    """Copy version 1 twice."""
    for version in (1, 2):
        shutil.copytree(MODEL / "1", folder / str(version), dirs_exist_ok=True)
    manifest = folder / "2" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": 2}, indent=2) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
