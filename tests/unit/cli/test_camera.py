"""``marbleline camera`` as a process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marbleline.pipeline.camera.spool_view import captured_of
from tests.builders import make_picture, wait_until


def start(data: Path, *flags: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "marbleline", "camera", "--data", str(data), *flags]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARBLELINE_")}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(make_picture(number))
    return folder


def test_a_folder_once_and_a_log_line_for_each_frame(tmp_path: Path, pictures: Path) -> None:
    data = tmp_path / "data"
    process = start(
        data, "--source", f"folder:{pictures}", "--repeat", "false", "--rate", "100", "--log-format", "json"
    )
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    committed = [line["marbleline"] for line in lines if line["message"] == "frame.captured"]
    assert [(one["sequence"], one["origin"]) for one in committed] == [
        (1, "0.jpg"),
        (2, "1.jpg"),
        (3, "2.jpg"),
    ]
    assert all(one["camera"] == "camera-1" and one["frame_id"] and one["sha256"] for one in committed)


@pytest.mark.slow
def test_stops_when_told_to_and_a_second_one_is_refused(tmp_path: Path, pictures: Path) -> None:
    data = tmp_path / "data"
    first = start(data, "--source", f"folder:{pictures}")
    frames = data / "spool" / "camera-1" / "frames"
    wait_until(lambda: frames.is_dir() and captured_of(frames.parent) > 0, 60)
    second = start(data, "--source", f"folder:{pictures}")
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"process {first.pid}" in said
    assert "Traceback" not in said
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    assert first.returncode == 0


@pytest.mark.slow
def test_a_second_one_that_may_wait_takes_over_without_a_gap_in_the_sequences(
    tmp_path: Path, pictures: Path
) -> None:
    data = tmp_path / "data"
    flags = ("--source", f"folder:{pictures}", "--rate", "50", "--log-format", "json")
    folder = data / "spool" / "camera-1"
    first = start(data, *flags)
    wait_until(lambda: (folder / "frames").is_dir() and captured_of(folder) > 0, 60)
    second = start(data, *flags, "--standby", "--frames", "3")
    assert second.stderr is not None
    assert any("camera.standby" in line for line in second.stderr)
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=60)
    last = max(json.loads(line).get("marbleline", {}).get("sequence", 0) for line in said.splitlines())
    _, said = second.communicate(timeout=60)
    assert second.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    taken = [line["marbleline"]["sequence"] for line in lines if line["message"] == "frame.captured"]
    assert taken == [last + 1, last + 2, last + 3]


@pytest.mark.slow
def test_one_that_waits_for_another_can_be_stopped(tmp_path: Path, pictures: Path) -> None:
    data = tmp_path / "data"
    first = start(data, "--source", f"folder:{pictures}")
    wait_until((data / "spool" / "camera-1" / "lock").is_file, 60)
    second = start(data, "--source", f"folder:{pictures}", "--standby")
    assert second.stderr is not None
    assert any("camera.standby" in line for line in second.stderr)
    for process in (second, first):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_a_data_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = start(tmp_path / "file")
    _, said = process.communicate(timeout=60)
    assert process.returncode in (1, 2)
    assert "can't be written" in said
    assert "Traceback" not in said
