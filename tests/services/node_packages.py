"""Programs on Node.js with packages of a lock, for tests against implementations of another make."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from filelock import FileLock

from tests.services.missing import ServerMissing, cache
from tests.services.packages import install

_INSTALL_S: Final = 300


def installed(source: Path, name: str) -> Path:
    """A folder with the programs in ``source`` and the packages of its lock, shared by a user's tests.

    ``name`` is what the packages are called here. Raises ServerMissing.
    """
    lock = (source / "package-lock.json").read_bytes()
    folder = cache() / f"{name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "install.lock"):
        done = folder / "installed"
        if not done.exists():
            for file in ("package.json", "package-lock.json"):
                shutil.copy(source / file, folder)
            _npm_ci(folder, name)
            done.touch()
        for program in source.glob("*.js"):
            shutil.copy(program, folder)
    return folder


def node() -> str:
    """The program. Raises ServerMissing."""
    return _program("node")


def _npm_ci(folder: Path, name: str) -> None:
    command = [_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=_INSTALL_S)
    except subprocess.CalledProcessError as error:
        raise ServerMissing(
            f"{name} can't be installed: `npm ci` in {folder} says: {error.stderr.strip()[-500:]}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ServerMissing(f"{name} can't be installed: npm did not finish in {_INSTALL_S} s") from error


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        install(["nodejs", "npm"], "Node.js")
        found = shutil.which(name)
    if found is None:
        raise ServerMissing(f"Debian's package nodejs is installed, but {name} is not where it should be")
    return found
