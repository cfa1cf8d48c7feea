"""Prometheus' own checker of rules, taken out of Debian's package without installing it."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.services.missing import ServerMissing, cache

_BY_HAND: Final = "promtool is missing: install Prometheus (Debian: sudo apt-get install -y prometheus)"


def promtool() -> str:
    """The path of the program. Raises ServerMissing where it can't be had."""
    found = shutil.which("promtool")
    if found is not None:
        return found
    folder = cache() / "promtool"
    program = folder / "usr" / "bin" / "promtool"
    if program.exists():
        return str(program)
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ServerMissing(_BY_HAND)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run(["apt-get", "download", "-qq", "prometheus"], folder)
    except ServerMissing:
        # A machine that has never asked knows no packages yet.
        _run(["apt-get", "update", "-qq"], folder)
        _run(["apt-get", "download", "-qq", "prometheus"], folder)
    for package in folder.glob("prometheus_*.deb"):
        _run(["dpkg-deb", "-x", package.name, "."], folder)
        package.unlink()
    if not program.exists():
        raise ServerMissing(_BY_HAND)
    return str(program)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise ServerMissing(f"{_BY_HAND} (tried: {done.stderr.strip()[-300:]})")
