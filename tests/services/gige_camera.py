"""A GigE Vision camera over UDP on loopback: Aravis's fake camera, from Debian's aravis-tools."""

import fcntl
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from marbleline.adapters.sources.genicam_pixels import RawPixels
from marbleline.adapters.sources.gvcp import identify
from tests.builders import wait_until
from tests.services.missing import cache
from tests.services.packages import install

ADDRESS: Final = "127.0.0.1"
SERIAL: Final = "MARBLE-7"
_PROGRAM: Final = "arv-fake-gv-camera-0.8"


class GigeCamera:
    """512x512, 25 frames a second. ``lost`` packets of a thousand are not sent."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, lost: int = 0) -> None:
        """Start it and wait until it answers."""
        command = [_PROGRAM, "-i", ADDRESS, "-s", SERIAL, "-r", str(lost)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: identify(ADDRESS, 0.2) is not None, what="the fake camera's answer")

    def kill(self) -> None:
        """As if its cable were pulled: it says nothing any more, and forgets all."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def hang(self) -> None:
        """It keeps its port and answers nothing, until it is killed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)


@contextmanager
def gige_camera() -> Iterator[GigeCamera]:
    """The fake camera, not yet started. The port is the protocol's, so only one test at a time has it.

    Raises ServerMissing if it can't be installed.
    """
    if shutil.which(_PROGRAM) is None:
        install(["aravis-tools"], "Aravis's fake camera")
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "gige.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        camera = GigeCamera()
        try:
            yield camera
        finally:
            camera.kill()


def is_whole(pixels: RawPixels) -> bool:
    """Whether a Mono8 frame is as the fake camera draws it: each row is the one above, moved by a pixel."""
    return bool(np.array_equal(pixels[1:, :-1], pixels[:-1, 1:]))
