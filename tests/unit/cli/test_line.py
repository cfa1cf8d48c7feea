"""``marbleline line`` as a user meets it: what is refused before anything starts, and a closed terminal."""

import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marbleline.cli import EXIT_FAILED, EXIT_USAGE, main
from marbleline.pipeline.camera.spool_view import captured_of
from tests.builders import wait_until
from tests.models.tiny_model import TINY


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--cameras", "x"], "argument --cameras: is 'x': allowed is a whole number from 1 to 64"),
        (["--cameras", "0"], "allowed is a whole number from 1 to 64"),
        (["--duration", "-3"], "allowed is a number of seconds, 0 or more"),
        (["--duration", "nan"], "allowed is a number of seconds, 0 or more"),
        (["--drain", "soon"], "allowed is a number of seconds, 0 or more"),
    ],
)
def test_a_wrong_flag_is_named_in_two_lines(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["line", *flags])
    assert end.value.code == EXIT_USAGE
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.splitlines()[1:] == ["See marbleline line --help"]


def test_a_folder_of_pictures_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["line", "--images", str(tmp_path / "none"), "--data", str(tmp_path / "data")]) == EXIT_USAGE
    assert "there is no such folder" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_corrupt_model_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(TINY, model)
    for weights in model.rglob("*.tflite"):
        weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    assert main(["line", "--model", str(model), "--data", str(tmp_path / "data")]) == EXIT_FAILED
    assert "corrupt" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_a_worker_that_refuses_its_settings_ends_the_whole_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "marbleline", "line", "--no-console", "--quiet", "--data", str(tmp_path)]
    key = tmp_path / "none.pem"
    process = subprocess.Popen(
        [*command, "--model", str(TINY), "--model-public-key-file", str(key)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == EXIT_USAGE
    assert str(key) in said
    assert "refused its settings; its message stands above" in said


@pytest.mark.slow
def test_a_closed_terminal_stops_the_line_in_order(tmp_path: Path) -> None:
    terminal, ours = pty.openpty()
    command = [sys.executable, "-m", "marbleline", "line", "--no-console", "--quiet"]
    process = subprocess.Popen(
        [*command, "--data", str(tmp_path), "--model", str(TINY)],
        stdin=ours,
        stdout=ours,
        stderr=ours,
        start_new_session=True,
    )
    os.close(ours)
    try:
        spool = tmp_path / "spool" / "camera-1"
        wait_until(lambda: (spool / "frames").is_dir() and captured_of(spool) > 0, 60)
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        assert process.wait(150) in (0, EXIT_FAILED)  # it drains for 30 s at most, on a slow disk
    finally:
        process.kill()
        process.wait()
