"""A real line of real processes, to be broken: started, killed, frozen and counted from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
from PIL import Image

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.ledger import count_ledger
from marbleline.domain.ledger import LedgerEntry
from marbleline.domain.records import CameraState
from marbleline.domain.verdict import Verdict
from marbleline.errors import Unavailable
from marbleline.pipeline.camera.spool_view import folders_in, view
from marbleline.ports.verdicts import VerdictQuery
from marbleline.settings.configuration import Configuration
from tests.builders import make_picture

TINY_MODEL: Final = Path(__file__).parents[1] / "models" / "tiny"
# A picture costs it some twelve times as much: for faults that want a slow line.
SHIPPED_MODEL: Final = Path(__file__).parents[2] / "model_repo" / "marble"


@dataclass(slots=True)
class Worker:
    """One process of the line, and how to start it again."""

    command: str
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]


@dataclass(slots=True)
class LineUnderTest:
    """``settings`` are texts as on a command line; they hold for all workers.

    ``direct`` replaces some of them for the one who counts, who must not go through a cut wire.
    ``surroundings`` are further environment variables of the workers.
    """

    folder: Path
    settings: Mapping[str, str]
    direct: Mapping[str, str] = field(default_factory=dict)
    surroundings: dict[str, str] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)

    @property
    def read(self) -> Configuration:
        """The settings of the one who counts."""
        own = {"data": str(self.folder / "data"), "model": str(TINY_MODEL)}
        return load({**own, **self.settings, **self.direct}, {})

    def start(self, name: str, command: str, **own: str) -> None:
        """Start a worker; its log goes to a file of its name."""
        settings = {"data": str(self.folder / "data"), "model": str(TINY_MODEL), **self.settings, **own}
        environment = {f"MARBLELINE_{key.upper()}": value for key, value in settings.items()}
        environment |= self.surroundings
        log = self.folder / f"{name}.log"
        self.workers[name] = Worker(command, environment, log, _spawn(command, environment, log))

    def start_all(self, **camera: str) -> None:
        """One camera, one encoder, one publisher."""
        self.start("encoder", "encoder")
        self.start("publisher", "publisher")
        self.start("camera", "camera", **camera)

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        process = self.workers[name].process
        process.kill()
        process.wait(10)

    def again(self, name: str) -> None:
        """Start a worker that was killed or stopped once more, as it was."""
        worker = self.workers[name]
        worker.process = _spawn(worker.command, worker.environment, worker.log)

    def again_if_dead(self) -> list[str]:
        """Start again what has died, as a supervisor does; returns what that was."""
        dead = [name for name, worker in self.workers.items() if worker.process.poll() not in (None, 0)]
        for name in dead:
            self.again(name)
        return dead

    def freeze(self, name: str) -> None:
        """SIGSTOP: it is there but does nothing."""
        self.workers[name].process.send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        self.workers[name].process.send_signal(signal.SIGCONT)

    def stop(self, name: str) -> int:
        """SIGTERM, as a supervisor does it; returns the exit code."""
        process = self.workers[name].process
        process.terminate()
        return process.wait(30)

    def close(self) -> None:
        """End whatever still runs."""
        for worker in self.workers.values():
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGCONT)
                worker.process.terminate()
        for worker in self.workers.values():
            try:
                worker.process.wait(20)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait(10)

    def total(self) -> LedgerEntry:
        """The ledger's sum over all cameras, once broker and store can be asked."""
        found: list[LedgerEntry] = []

        def keep(total: LedgerEntry) -> bool:
            found.append(total)
            return True

        self.wait_for("a ledger", keep)
        return found[-1]

    def wait_for(self, what: str, condition: Any, limit_s: float = 120.0) -> float:
        """Wait until ``condition(total)``; returns the seconds that it took.

        AssertionError with the last ledger and the ends of the logs after the limit.
        """
        began = time.monotonic()
        last: LedgerEntry | None = None
        while time.monotonic() - began < limit_s:
            try:
                last = count_ledger(self.read).total()
            except Unavailable:
                last = None
            if last is not None and condition(last):
                return time.monotonic() - began
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come within {limit_s:g} s; {last}\n{self.logs()}")

    def wait_captured(self, frames: int, limit_s: float = 120.0) -> float:
        """Until so many frames were captured in all."""
        return self.wait_for(f"frame {frames}", lambda total: total.captured >= frames, limit_s)

    def wait_drained(self, limit_s: float = 300.0) -> float:
        """Until nothing is pending and every verdict is on record."""
        return self.wait_for("the end of all queues", lambda _: self._empty(), limit_s)

    def verdicts(self) -> list[Verdict]:
        """All of them, by when they were decided."""
        store = open_store(self.read)
        try:
            found: list[Verdict] = []
            after: str | None = None
            while page := store.search(VerdictQuery(), 1000, after):
                found += page
                after = page[-1].frame.frame_id
        finally:
            store.close()
        return sorted(found, key=lambda verdict: verdict.stages.decided_at)

    def dead_letter_reasons(self) -> list[str]:
        """Of all frames that were dead-lettered, in alphabetical order."""
        broker = open_broker(self.read, "test")
        try:
            return sorted(dead_letter.reason for dead_letter in broker.dead_letters(10_000, bodies=False))
        finally:
            broker.close()

    def judged_by_fallback(self) -> int:
        """How many verdicts the publisher gave by itself."""
        return sum(verdict.model.fallback for verdict in self.verdicts())

    def camera_states(self) -> list[CameraState]:
        """What the cameras last said of themselves."""
        store = open_store(self.read)
        try:
            return [report.state for report in store.cameras()]
        finally:
            store.close()

    def resident_mib(self) -> dict[str, float]:
        """Resident memory of each worker, MiB."""
        return {
            name: psutil.Process(worker.process.pid).memory_info().rss / 2**20
            for name, worker in self.workers.items()
            if worker.process.poll() is None
        }

    def logs(self) -> str:
        """The ends of the workers' logs."""
        ends = {name: worker.log.read_text(errors="replace")[-1500:] for name, worker in self.workers.items()}
        return "\n".join(f"--- {name}\n{text}" for name, text in ends.items())

    def wait_spool_short(self, limit_s: float = 300.0) -> float:
        """Until the spools hold no backlog: what a camera that is stopped then still has, it publishes."""
        return self.wait_for("a short spool", lambda _: self._spooled() < 20, limit_s)

    def wait_recorded(self, limit_s: float = 300.0) -> float:
        """Until every frame that has been captured by now is on record or dead-lettered."""
        captured = self.total().captured
        return self.wait_for(f"the record of {captured} frames", lambda _: self._settled(captured), limit_s)

    def _settled(self, captured: int) -> bool:
        spools = [view(folder) for folder in folders_in(self.folder / "data").values()]
        first = [min({**one.held, **one.retained}.values(), default=captured + 1) for one in spools]
        return min(first, default=0) > captured

    def _spooled(self) -> int:
        return sum(len(view(folder).held) for folder in folders_in(self.folder / "data").values())

    def _empty(self) -> bool:
        broker = open_broker(self.read, "test")
        try:
            return self._spooled() == 0 and not any(depth.total for depth in broker.depths().values())
        finally:
            broker.close()


def pictures(folder: Path, count: int = 40) -> Path:
    """A folder of small JPEGs, another one each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"slab {number:03}.jpg").write_bytes(make_picture(number, 128, 128))
    return folder


def poisoned(folder: Path) -> dict[str, str]:
    """Add two pictures to a folder: one ends who decodes it, one ends who judges it.

    Returns the surroundings in which they do; see ``tests/faults/poison/sitecustomize.py``.
    """
    for name, red, options in (("decoded", 230, {"comment": b"poison"}), ("judged", 231, {})):
        picture = Image.new("RGB", (128, 128), (red, 10, 10))
        picture.save(folder / f"slab 005 {name}.jpg", "JPEG", **options)
    return {
        "PYTHONPATH": os.pathsep.join(
            (str(Path(__file__).parent / "poison"), os.environ.get("PYTHONPATH", ""))
        )
    }


def _spawn(command: str, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as sink:
        return subprocess.Popen(
            [sys.executable, "-m", "marbleline", command],
            env={**{k: v for k, v in os.environ.items() if not k.startswith("MARBLELINE_")}, **environment},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
