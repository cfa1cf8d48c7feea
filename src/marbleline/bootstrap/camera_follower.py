"""The line on one machine follows which cameras are set in the console, and how.

The store is asked every two seconds on a thread of its own: a store that is away or slow holds up neither
the cameras nor the restart of a worker. What was known last is in the data folder, for a line that starts
while the store is away.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from marbleline.bootstrap.adapters import open_store
from marbleline.bootstrap.supervisor import Supervisor
from marbleline.domain.camera_setup import CameraSetup
from marbleline.errors import MarblelineError, SettingError
from marbleline.operations.line_cameras import (
    CameraProcess,
    CameraProcessState,
    LineCameras,
    read_line_cameras,
    touch_line_cameras,
    write_line_cameras,
)
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings
from marbleline.settings.secret_files import SECRETS, SecretFiles

log = logging.getLogger("marbleline.bootstrap.cameras")

_POLL_EVERY_S: Final = 2.0
_FIRST_POLL_S: Final = 5.0

ReadSetups = Callable[[], list[CameraSetup]]
"""What is set of each camera now. Raises StoreUnavailable."""

Wanted = Mapping[str, Mapping[str, str] | None]


class CameraFollower:
    """``follow`` is for the supervisor's thread; ``start`` and ``close`` once each.

    ``configuration``  what cameras have in common
    ``given``          names of the line's own cameras and other processes, which win
    ``assumed``        name of a camera that runs as ``configuration`` says until it is set otherwise, because
                       the line names none; empty: there is none
    """

    def __init__(
        self,
        configuration: Configuration,
        data: Path,
        given: Collection[str],
        secrets: SecretFiles,
        read_setups: ReadSetups,
        assumed: str = "",
        every_s: float = _POLL_EVERY_S,
    ) -> None:
        self._configuration = configuration
        self._data = data
        self._given = tuple(given)
        self._secrets = secrets
        self._read_setups = read_setups
        self._assumed = assumed
        self._every_s = every_s
        before = read_line_cameras(data)
        self._wanted: Wanted = before.wanted if before is not None else {}
        self._known = threading.Event()
        if before is not None:
            self._known.set()
        self._applied: Wanted | None = None
        self._configurations: dict[str, Configuration] = {}
        self._refused: dict[str, CameraProcessState] = {}
        self._written: LineCameras | None = None
        self._written_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera-follower", daemon=True)

    def start(self, limit_s: float = _FIRST_POLL_S) -> None:
        """Begin to read the store. A line that never knew any setup waits up to ``limit_s`` for the first."""
        self._thread.start()
        self._known.wait(limit_s)

    def follow(self, supervisor: Supervisor) -> None:
        """Have the supervisor run what is set now, and write into the data folder how that went."""
        wanted = self._wanted
        if wanted is not self._applied:
            self._applied = wanted
            self._check(wanted)
        supervisor.follow(self._configurations, endless=bool(wanted))
        report = LineCameras(self._given, dict(wanted), {**supervisor.followed(), **self._refused})
        if report != self._written:
            self._write(report)
        elif time.monotonic() - self._written_at > self._every_s:
            self._written_at = time.monotonic()
            touch_line_cameras(self._data)

    def close(self) -> None:
        """Read no more. Never raises."""
        self._stop.set()
        self._thread.join(1.0)

    def _check(self, wanted: Wanted) -> None:
        self._configurations, self._refused = {}, {}
        if self._assumed and self._assumed not in wanted:
            self._configurations[self._assumed] = self._configuration.changed(camera=self._assumed)
        for name, texts in wanted.items():
            if texts is None:
                continue
            if name in self._given:
                self._refused[name] = CameraProcessState(CameraProcess.GIVEN)
                continue
            try:
                revealed = self._secrets.revealed(texts)
                own = self._configuration.changed("in the console", camera=name, **revealed)
            except SettingError as error:
                log.warning("camera.refused", extra={"camera": name, "error": str(error)})
                self._refused[name] = CameraProcessState(CameraProcess.REFUSED, str(error))
            else:
                self._configurations[name] = own

    def _write(self, report: LineCameras) -> None:
        try:
            write_line_cameras(self._data, report)
        except SettingError as error:  # a full disk must not end the line
            log.warning("cameras.not_said", extra={"error": str(error)})
        self._written, self._written_at = report, time.monotonic()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                found = _wanted(self._read_setups())
            except MarblelineError as error:
                log.debug("cameras.store_away", extra={"error": str(error)})
            else:
                if found != self._wanted:
                    self._wanted = found
                self._known.set()
            self._stop.wait(self._every_s)


@contextmanager
def following(configuration: Configuration, given: Collection[str], assumed: str) -> Iterator[CameraFollower]:
    """A follower of the line's store, started and in the end closed; see ``CameraFollower``."""
    line = configuration.read(LineSettings)
    with closing(open_store(configuration)) as store:
        follower = CameraFollower(
            configuration,
            line.data,
            given,
            SecretFiles(line.data / SECRETS),
            lambda: store.current_camera_setups(line.line),
            assumed,
        )
        follower.start()
        try:
            yield follower
        finally:
            follower.close()


def _wanted(setups: list[CameraSetup]) -> Wanted:
    """Of those of whom anything but region and masks is set."""
    return {one.camera: one.texts() or None for one in setups if one.settings or one.removed}
