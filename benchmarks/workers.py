"""A line's processes for the bench: started one by one, asked what they cost, stopped in order."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

READY_S = 60.0


@dataclass
class Worker:
    """One process. ``port`` serves its health and metrics."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    began: float = field(default_factory=time.monotonic)

    def cpu(self) -> float:
        """CPU seconds so far, of the kernel's work for it too."""
        return cpu_of(self.process.pid)

    def resident(self) -> int:
        """Bytes of memory that it holds now."""
        return psutil.Process(self.process.pid).memory_info().rss

    def written(self) -> int:
        """Bytes that it handed to the disk so far."""
        return psutil.Process(self.process.pid).io_counters().write_bytes

    def metric(self, name: str) -> float:
        """The sum of a series over its labels; 0 while there is none."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            families = text_string_to_metric_families(answer.read().decode())
            return sum(
                sample.value for family in families for sample in family.samples if sample.name == name
            )

    def ready(self) -> bool:
        """Whether it says that it can do its work."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def start(name: str, command: str, settings: Mapping[str, object]) -> Worker:
    """Start a worker with these settings, by name."""
    port = free_port()
    given = {"log_level": "error", "health_port": port, **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "marbleline", command, "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **{f"MARBLELINE_{key.upper()}": str(value) for key, value in given.items()}},
    )
    return Worker(name, process, port)


def stop(worker: Worker) -> None:
    """Close its standard input, at which it stops, and wait."""
    if worker.process.stdin is not None:
        worker.process.stdin.close()
    try:
        worker.process.wait(20)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        worker.process.wait()


def wait_for(
    condition: Callable[[], object], what: str, limit_s: float = READY_S, step_s: float = 0.05
) -> None:
    """Until it is true. Raises TimeoutError."""
    until = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} not within {limit_s:g} s")
        time.sleep(step_s)


@contextmanager
def supervisor(commands: Mapping[str, tuple[str, Mapping[str, object]]]) -> Iterator[dict[str, Worker]]:
    """Started workers by name, ready; stopped at the end, the last started first."""
    started: dict[str, Worker] = {}
    try:
        for name, (command, settings) in commands.items():
            started[name] = start(name, command, settings)
        for worker in started.values():
            wait_for(worker.ready, f"{worker.name} ready")
        yield started
    finally:
        for worker in reversed(started.values()):
            stop(worker)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def model_folder() -> Path:
    """The shipped model."""
    return Path(__file__).parents[1] / "model_repo" / "marble"
