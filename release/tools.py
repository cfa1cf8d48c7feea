"""The programs that the steps call, and the error that names one that is missing."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

_INSTALL: Final = {
    "docker": "install Docker with buildx (https://docs.docker.com/build), or leave the step out",
    "helm": "install it from https://helm.sh",
    "syft": "install it from https://github.com/anchore/syft, or leave the step out",
    "cosign": "install it from https://docs.sigstore.dev, or leave the step out",
}


class ReleaseError(Exception):
    """A step can't be done; the text says why and what to do."""


def program(name: str) -> str:
    """Where a program is. Raises ReleaseError saying how to get it."""
    found = shutil.which(name)
    if found is None:
        raise ReleaseError(f"{name} is not on the PATH: {_INSTALL[name]}")
    return found


def run(*command: object) -> str:
    """Run a program and return what it printed, errors too. Raises ReleaseError with its own message."""
    words = list(map(str, command))
    done = subprocess.run(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise ReleaseError(f"`{Path(words[0]).name} {' '.join(words[1:])}` failed: {done.stdout.strip()}")
    return done.stdout
