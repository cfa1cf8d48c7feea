"""Copy the model repository of this image to a folder, each version's manifest last: ``FROM TO``.

A version counts as complete once its manifest is there, so a server that looks meanwhile sees none by half. A
version that is complete there is left alone: versions never change, and one may be in use.
"""

import shutil
import sys
from pathlib import Path

MANIFEST = "manifest.json"


def copy(source: Path, target: Path) -> None:
    """Copy all versions below ``source`` that ``target`` lacks; manifests after all else."""
    there = {path.parent.relative_to(target) for path in target.rglob(MANIFEST)}
    files = [
        path
        for path in source.rglob("*")
        if path.is_file() and not there & set(path.relative_to(source).parents)
    ]
    for path in sorted(files, key=lambda path: (path.name == MANIFEST, path)):
        destination = target / path.relative_to(source)
        destination.parent.mkdir(parents=True, exist_ok=True)
        # Contents only: modes and owners of the image may not be given by an unprivileged user.
        shutil.copyfile(path, destination)


if __name__ == "__main__":
    copy(Path(sys.argv[1]), Path(sys.argv[2]))
