"""A plain service that a user would build instead, beside the embedded line: same pictures, same weights."""

import os
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.services.missing import ServerMissing

from benchmarks.listener import pause, percentile
from benchmarks.peers.camera import Posted, post_all
from benchmarks.pictures import folder_of_pictures
from benchmarks.report import Estimate, Result
from benchmarks.rows.latency import RATE, steady
from benchmarks.saturated import Load, connect, run_saturated
from benchmarks.servers import embedded
from benchmarks.workers import cpu_of, free_port, model_folder, start, supervisor, wait_for
from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.ledger import count_ledger
from marbleline.domain.model import newest_version

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-runtimes" / "bin" / "python"
CAMERAS: Final = 4
CONNECTIONS: Final = 8
AWAY_S: Final = 2.0
"""How long what was killed stays away: what starts it anew needs a moment."""
_CONVERT: Final = (
    "import sys; from pathlib import Path; from benchmarks.runtimes.convert import onnx;"
    "onnx(Path(sys.argv[1]), Path(sys.argv[2]), [])"
)


def run(quick: bool) -> Result:
    """Frames a second and delay in turn, then a kill -9 in the middle of each."""
    if not PYTHON.exists():
        raise ServerMissing("the service's environment is missing: make bench BENCH=peers installs it")
    frames, seconds = (160, 6) if quick else (1200, 30)
    usage: list[Estimate] = []
    with folder_of_pictures() as images, tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        model = _as_onnx(Path(name))
        plain = _speed_of_service(model, Path(name), frames, seconds)
        ours = _speed_of_line(images, frames, seconds)
        usage += _shown("service", plain) + _shown("Marbleline", ours)
        usage.append(Estimate("Marbleline / service: frames a second", ours.rate / plain.rate, "x"))
        for again in (False, True):
            how = "posted until answered" if again else "posted once"
            usage += _told(f"service, {how}, killed once", _kill_service(model, Path(name), seconds, again))
        for victim in ("encoder", "publisher", "camera"):
            usage += _told(f"Marbleline, {victim} killed once", _kill_worker(images, seconds, victim), "0")
    return Result(
        "peers",
        "A plain FastAPI and ONNX Runtime service, and Marbleline, on the same pictures",
        tuple(usage),
        conditions="the shipped weights, as ONNX in the service; SQLite on both sides, picture and verdict "
        f"durable; CPU with the cameras'; {CONNECTIONS} connections for frames a second, {CAMERAS} cameras "
        f"at {RATE} a second for delays and kills; kill -9, started again {AWAY_S:g} s later",
    )


@dataclass(frozen=True)
class Speed:
    """``cpu``: CPU seconds of a frame, cameras included. ``delays_ms``: from capture to verdict, sorted."""

    rate: float
    cpu: float
    delays_ms: list[float]


def _shown(name: str, speed: Speed) -> list[Estimate]:
    return [
        Estimate(f"{name}: frames a second", speed.rate, "1/s"),
        Estimate(f"{name}: CPU of a frame, cameras included", speed.cpu * 1e3, "ms"),
        *(
            Estimate(f"{name}: p{round(share * 100)}", percentile(speed.delays_ms, share), "ms")
            for share in (0.5, 0.95)
        ),
    ]


@dataclass(frozen=True)
class Account:
    """Frames that got a name from a camera, those on record, and those that are there twice."""

    captured: int
    judged: int
    twice: int


def _told(name: str, account: Account, goal: str = "") -> list[Estimate]:
    return [
        Estimate(f"{name}: captured", account.captured, ""),
        Estimate(f"{name}: lost", account.captured - account.judged, "", goal),
        Estimate(f"{name}: on record twice", account.twice, "", goal),
    ]


def _as_onnx(folder: Path) -> Path:
    file = newest_version(model_folder()) / "model.tflite"
    done = subprocess.run(
        [PYTHON, "-c", _CONVERT, file, folder], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ServerMissing(f"the model could not be converted to ONNX: {done.stderr[-300:]}")
    return folder / "float32.onnx"


def _start_service(model: Path, database: Path, port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [PYTHON, "-m", "benchmarks.peers.service", model, database, str(port)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )

    def ready() -> bool:
        if process.poll() is not None:
            raise ServerMissing(f"the service ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        wait_for(ready, "the service ready")
    except BaseException:
        _kill(process)
        raise
    return process


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


@contextmanager
def _service(model: Path, folder: Path) -> Iterator[tuple[list["subprocess.Popen[bytes]"], Path, int]]:
    """The running service as the only item of a list, in which another may take its place."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        database, port = Path(name) / "verdicts.db", free_port()
        running = [_start_service(model, database, port)]
        try:
            yield running, database, port
        finally:
            _kill(running[0])


def _speed_of_service(model: Path, folder: Path, frames: int, seconds: int) -> Speed:
    with _service(model, folder) as ([process], _, port):
        post_all(port, CONNECTIONS, 4, 0, again=False)  # caches that are cold
        spent, began = cpu_of(process.pid) + time.process_time(), time.monotonic()
        posted = post_all(port, CONNECTIONS, frames // CONNECTIONS, 0, again=False)
        rate = len(posted.delays) / (time.monotonic() - began)
        cpu = (cpu_of(process.pid) + time.process_time() - spent) / len(posted.delays)
        steady = post_all(port, CAMERAS, seconds * RATE, RATE, again=False)
    return Speed(rate, cpu, sorted(delay * 1e3 for delay in steady.delays))


def _speed_of_line(images: Path, frames: int, seconds: int) -> Speed:
    with embedded() as place:
        found = run_saturated(place, images, Load(frames))
    with embedded() as place:
        heard = steady(place, images, CAMERAS, seconds)
    return Speed(found.rate, found.cpu_each, heard.delays_ms())


def _kill_service(model: Path, folder: Path, seconds: int, again: bool) -> Account:
    with _service(model, folder) as (running, database, port):
        found: list[Posted] = []

        def post() -> None:
            found.append(post_all(port, CAMERAS, seconds * RATE, RATE, again=again))

        posting = threading.Thread(target=post)
        posting.start()
        try:
            pause(seconds / 3)
            _kill(running[0])
            pause(AWAY_S)
            running[0] = _start_service(model, database, port)
        finally:
            posting.join()
        with closing(sqlite3.connect(database)) as connection:
            judged = Counter(frame for (frame,) in connection.execute("SELECT frame FROM verdicts"))
    return Account(len(found[0].captured), len(judged), sum(count > 1 for count in judged.values()))


def _kill_worker(images: Path, seconds: int, victim: str) -> Account:
    with embedded() as place:
        workers: dict[str, tuple[str, dict[str, object]]] = {
            "encoder": ("encoder", place.settings),
            "publisher": ("publisher", place.settings),
        }
        for number in range(CAMERAS):
            own = {"camera": f"camera-{number}", "source": f"folder:{images}", "rate": RATE}
            name = "camera" if number == 0 else f"camera-{number}"
            workers[name] = ("camera", {**place.settings, **own, "frames": seconds * RATE})
        with supervisor(workers) as running:
            pause(seconds / 3)
            _kill(running[victim].process)
            pause(AWAY_S)
            running[victim] = start(victim, *workers[victim])
            cameras = [worker for name, worker in running.items() if name.startswith("camera")]
            limit_s = 120.0 + 2 * seconds
            wait_for(lambda: all(one.process.poll() is not None for one in cameras), "cameras ended", limit_s)
            with closing(connect(place)) as broker:
                wait_for(
                    lambda: not any(one.total for one in broker.depths().values()), "all on record", limit_s
                )
        configuration = load({"data": str(place.data), "line": "bench"}, environment={})
        total = count_ledger(configuration).total()
    return Account(total.captured, total.judged, total.duplicates)
