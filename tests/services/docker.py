"""Servers in containers, where a Docker engine answers and their images are there or can be pulled.

The docker program itself and no library: the container must outlive the process that began it, because
several test processes share it.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.services.missing import ServerMissing

ANSWER_S: Final = 5
PULL_S: Final = 180
START_S: Final = 120


@dataclass(frozen=True, slots=True)
class Image:
    """What to run: ``port`` is published on loopback; ``ready`` says whether an address answers."""

    name: str
    port: int
    environment: Mapping[str, str]
    ready: Callable[[str], bool]


class Container:
    """A container, whose id is kept in ``folder``, so that another process finds it again."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._file = folder / "container"
        self._image = image

    @property
    def place(self) -> str:
        """host:port at which its port is published."""
        return _docker("port", self._file.read_text(), str(self._image.port)).splitlines()[0].strip()

    def pid(self) -> int | None:
        """The pid of its first process, None if it does not run."""
        if not self._file.exists():
            return None
        try:
            return int(_docker("inspect", "--format", "{{.State.Pid}}", self._file.read_text())) or None
        except ServerMissing:
            return None

    def start(self) -> None:
        """Run it and wait until it answers. Raises ServerMissing."""
        if self.pid() is not None:
            return
        if not _there(self._image.name):
            _docker("pull", "--quiet", self._image.name, limit_s=PULL_S)
        variables = [f"--env={name}={value}" for name, value in self._image.environment.items()]
        publish = f"--publish=127.0.0.1::{self._image.port}"
        self._file.write_text(_docker("run", "--detach", "--rm", publish, *variables, self._image.name))
        give_up_at = time.monotonic() + START_S
        while not self._image.ready(self.place):
            if time.monotonic() > give_up_at:
                self.stop()
                raise ServerMissing(f"{self._image.name} does not answer after {START_S} s")
            time.sleep(0.5)

    def stop(self) -> None:
        """Remove it."""
        if self._file.exists():
            _docker("rm", "--force", self._file.read_text())
            self._file.unlink()


def engine_answers() -> bool:
    """Whether there is a Docker engine that can be used."""
    if shutil.which("docker") is None:
        return False
    try:
        _docker("version", "--format", "{{.Server.Version}}", limit_s=ANSWER_S)
    except ServerMissing:
        return False
    return True


def _there(image: str) -> bool:
    try:
        _docker("image", "inspect", image)
    except ServerMissing:
        return False
    return True


def _docker(*words: str, limit_s: float = 30) -> str:
    try:
        done = subprocess.run(
            ["docker", *words], capture_output=True, text=True, check=False, timeout=limit_s
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerMissing(f"docker {words[0]}: {error}") from error
    if done.returncode != 0:
        raise ServerMissing(f"docker {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()
