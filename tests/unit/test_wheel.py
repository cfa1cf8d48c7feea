"""The wheel in a fresh environment and an empty folder: a user's first minutes, without a checkout."""

import os
import signal
import subprocess
import sys
import venv
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from marbleline.cli import EXIT_USAGE
from marbleline.pipeline.camera.spool_view import captured_of
from tests.builders import wait_until

ROOT: Final = Path(__file__).parents[2]
# The tests' own settings and Python path are not the user's.
ENVIRONMENT: Final[Mapping[str, str]] = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("MARBLELINE_", "PYTHON", "VIRTUAL"))
}


def run(*command: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def install(python: Path, requirement: str, folder: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    locked = ("--constraint", ROOT / "locks" / "demo.txt")
    done = run(uv, "pip", "install", "--python", python, *locked, requirement, folder=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_installed_wheel_runs_a_line(tmp_path: Path) -> None:
    built = run(
        sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", folder=ROOT
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("marbleline-*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    python, command = (tmp_path / "venv" / "bin" / name for name in ("python", "marbleline"))
    empty = tmp_path / "empty"
    empty.mkdir()

    install(python, str(wheel), empty)
    helped = run(command, "--help", folder=empty)
    assert helped.returncode == 0 and "judge picture files without a line" in helped.stdout
    refused = run(command, "line", "--duration", "20", folder=empty)
    assert refused.returncode == EXIT_USAGE
    missing = "the line needs LiteRT and Streamlit (unless --no-console): pip install 'marbleline[demo]'"
    assert refused.stderr.strip() == f"marbleline: {missing}"
    assert not list(empty.iterdir())

    install(python, f"{wheel}[demo]", empty)
    line = subprocess.Popen(
        [str(command), "line", "--duration", "300"],
        cwd=empty,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        spool = empty / "marbleline-data" / "spool" / "camera-1"
        wait_until(lambda: (spool / "frames").is_dir() and captured_of(spool) > 2, 120)
        line.send_signal(signal.SIGTERM)
        printed, _ = line.communicate(timeout=120)
    finally:
        with suppress(ProcessLookupError):
            line.kill()
    assert line.returncode == 0, printed
    assert "model marble version 1" in printed
    assert "balanced" in printed
