"""A real console process, started as a user starts it."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.builders import wait_until
from tests.console.backing import backing
from tests.services.processes import free_ports


def answers(address: str) -> bool:
    """Whether the console says that it is healthy."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def console(
    data: Path, port: int | None = None, *flags: str
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A console of the line in this folder; yields its address and process. It ends by SIGTERM, cleanly."""
    port = port or free_ports(1)[0]
    address = f"http://127.0.0.1:{port}"
    log = data / "console.log"
    data.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "marbleline", "console", "--data", str(data)),
                *("--console-port", str(port), *flags),
            ],
            env={**os.environ, "TZ": "UTC", **backing(data).environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:

        def up() -> bool:
            assert process.poll() is None, log.read_text()
            return answers(address)

        wait_until(up, 60, "the console answers")
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
