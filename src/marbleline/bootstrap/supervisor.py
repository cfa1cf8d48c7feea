"""A whole line on one machine: one process per worker, supervised.

A worker that dies is started again. When told to stop, the cameras stop first, what is on its way is
finished, then the others stop. If this process is killed, the workers notice (their standard input
closes) and stop by themselves.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marbleline.backoff import Backoff
from marbleline.errors import SettingError
from marbleline.folder_lock import lock_folder
from marbleline.operations.line_cameras import CameraProcess, CameraProcessState
from marbleline.settings.configuration import Configuration

log = logging.getLogger("marbleline.bootstrap.supervisor")

GRACE_S: Final = 15.0
_FIRST_RESTART_S: Final = 0.1
_SOUND_S: Final = 30.0  # a worker that lived so long is started again at once
_USAGE: Final = 2
_CAPTURING: Final = ("camera", "gate")


@dataclass(frozen=True, slots=True)
class LinePlan:
    """Which processes a line has. ``cameras`` holds each camera's own settings, as texts by name.

    ``gate``  those of the gate station; None: there is none
    """

    cameras: Sequence[Mapping[str, str]]
    encoders: int = 1
    publishers: int = 1
    console: bool = True
    sink: bool = False
    gate: Mapping[str, str] | None = None
    slab: bool = False

    def commands(self) -> dict[str, tuple[str, Mapping[str, str]]]:
        """Name of a process -> its command and the settings that are its own.

        Raises SettingError if two processes have one name.
        """
        found: dict[str, tuple[str, Mapping[str, str]]] = {}
        for kind, count in (("encoder", self.encoders), ("publisher", self.publishers)):
            for number in range(1, count + 1):
                found[kind if count == 1 else f"{kind}-{number}"] = (kind, {})
        for kind, wanted in (("console", self.console), ("sink", self.sink), ("slab", self.slab)):
            if wanted:
                found[kind] = (kind, {})
        if self.gate is not None:
            found["gate"] = ("gate", self.gate)
        for camera in self.cameras:
            name = camera["camera"]
            if name in found:
                other = "camera" if found[name][0] == "camera" else "worker"
                raise SettingError(f"camera {name}: another {other} of this line has that name")
            found[name] = ("camera", camera)
        return found


@dataclass(slots=True)
class WorkerProcess:
    """A worker's process and how often it had to be started again.

    ``followed``    whether it is a camera that is started, changed and stopped while the line runs
    ``refused``     whether it refused its settings, so that it is not started again
    ``killed_at``   when it is killed, if it was told to stop (monotonic seconds)
    """

    name: str
    command: str
    configuration: Configuration
    process: subprocess.Popen[bytes]
    started: float
    restarts: int = 0
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=_FIRST_RESTART_S))
    restart_at: float | None = field(default=None)
    followed: bool = False
    refused: bool = False
    killed_at: float | None = None

    @property
    def ended(self) -> bool:
        """A camera whose source has no more pictures ends by itself, with success."""
        return self.command in _CAPTURING and self.process.poll() == 0


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder for this line alone.

    Raises DataFolderBusy if another line holds it, SettingError if it can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = lock_folder(folder, f"line on data folder {folder}", "name another folder with --data")
    except OSError as error:
        raise SettingError(
            f"data folder {folder}: can't be written ({error.strerror}); name another with --data"
        ) from error
    try:
        yield
    finally:
        os.close(lock)


class Supervisor:
    """The running workers of a line."""

    def __init__(self, configuration: Configuration, plan: LinePlan) -> None:
        self._running = {
            name: _start(name, command, configuration.changed(**own))
            for name, (command, own) in plan.commands().items()
        }
        self._endless = False

    def restart_exited(self) -> None:
        """Start again whatever has died, after a wait that doubles up to 5 seconds.

        Raises SettingError if a worker refused its settings: starting it again would not help. A camera that
        is followed stops no line by that.
        """
        for worker in self._running.values():
            code = worker.process.poll()
            if code is None or worker.ended or worker.refused or worker.killed_at is not None:
                continue
            if code == _USAGE and worker.followed:
                worker.refused = True
                log.error("camera.refused", extra={"camera": worker.name})
                continue
            if code == _USAGE:
                raise SettingError(f"{worker.name} refused its settings; its message stands above")
            now = time.monotonic()
            if worker.restart_at is None:
                if now - worker.started > _SOUND_S:
                    worker.backoff.reset()
                worker.restart_at = now + worker.backoff.next_s()
                log.warning("worker.exited", extra={"worker": worker.name, "exit_code": code})
            elif now >= worker.restart_at:
                _ask_to_stop(worker)
                worker.process = _spawn(worker.command, worker.configuration)
                worker.started, worker.restart_at = now, None
                worker.restarts += 1

    def follow(self, wanted: Mapping[str, Configuration], *, endless: bool) -> None:
        """Start, change and stop followed cameras towards these, by name; call it again until they run.

        A camera that is told to stop has its grace, while the line goes on. ``endless``: whether the line
        goes on when its cameras have ended, because somebody may set others.
        """
        self._endless = endless
        for name, worker in list(self._running.items()):
            if not worker.followed or wanted.get(name) == worker.configuration:
                continue
            if worker.killed_at is None:
                log.info("camera.stopping", extra={"camera": name})
                _ask_to_stop(worker)
                worker.killed_at = time.monotonic() + GRACE_S
            if worker.process.poll() is not None:
                del self._running[name]
            elif time.monotonic() >= worker.killed_at:
                log.warning("worker.killed", extra={"worker": name, "grace_s": GRACE_S})
                worker.process.kill()
        for name, configuration in wanted.items():
            if name not in self._running:
                log.info("camera.starting", extra={"camera": name})
                worker = _start(name, "camera", configuration)
                worker.followed = True
                self._running[name] = worker

    def followed(self) -> dict[str, CameraProcessState]:
        """How the followed cameras are, by name."""
        return {name: _state(worker) for name, worker in self._running.items() if worker.followed}

    @property
    def cameras_ended(self) -> bool:
        """Whether every camera's source has come to its end, and the line with them."""
        cameras = [worker for worker in self._running.values() if worker.command == "camera"]
        return not self._endless and bool(cameras) and all(worker.ended for worker in cameras)

    @property
    def restarts(self) -> int:
        """How often a worker was started again, all together."""
        return sum(worker.restarts for worker in self._running.values())

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {name: worker.process.pid for name, worker in self._running.items()}

    def stop(self, *, cameras: bool) -> None:
        """Stop what captures, or all others, and wait until they have; kill what outlasts its grace."""
        chosen = [one for one in self._running.values() if (one.command in _CAPTURING) is cameras]
        for worker in chosen:
            _ask_to_stop(worker)
        until = time.monotonic() + GRACE_S
        for worker in chosen:
            try:
                worker.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("worker.killed", extra={"worker": worker.name, "grace_s": GRACE_S})
                worker.process.kill()
                worker.process.wait()


def supervise(
    supervisor: Supervisor,
    stop: threading.Event,
    until: float | None,
    follow: Callable[[Supervisor], None] = lambda supervisor: None,
) -> None:
    """Look after the workers until told to stop, ``until`` (monotonic seconds), or the cameras' end.

    ``follow``: starts, changes and stops cameras; called about ten times a second.
    """
    while not stop.wait(0.1) and not (until and time.monotonic() >= until) and not supervisor.cameras_ended:
        follow(supervisor)
        supervisor.restart_exited()


def _state(worker: WorkerProcess) -> CameraProcessState:
    if worker.killed_at is not None:
        return CameraProcessState(CameraProcess.STOPPING)
    if worker.refused:
        return CameraProcessState(CameraProcess.REFUSED, "it refused its settings: the line's log says why")
    if worker.ended:
        return CameraProcessState(CameraProcess.ENDED)
    if worker.restart_at is not None:
        return CameraProcessState(CameraProcess.RESTARTING)
    return CameraProcessState(CameraProcess.RUNNING)


def _start(name: str, command: str, configuration: Configuration) -> WorkerProcess:
    return WorkerProcess(name, command, configuration, _spawn(command, configuration), time.monotonic())


def _ask_to_stop(worker: WorkerProcess) -> None:
    """Close the worker's standard input: it stops, if it still runs."""
    if worker.process.stdin is not None:
        worker.process.stdin.close()


def _spawn(command: str, configuration: Configuration) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the supervisor alone, which stops the workers in order.
    return subprocess.Popen(
        [sys.executable, "-m", "marbleline", command, "--supervised"],
        stdin=subprocess.PIPE,
        env={**os.environ, **configuration.environment()},
        start_new_session=True,
    )
