"""``marbleline camera`` as a process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marbleline.adapters.source_folder import FolderSource
from marbleline.adapters.source_http import HttpSource
from marbleline.adapters.source_landing import LandingSource
from marbleline.adapters.source_synthetic import SyntheticSource
from marbleline.adapters.source_video import StreamSource, VideoFileSource
from marbleline.errors import SettingError
from marbleline.settings import load
from marbleline.wiring import make_source
from marbleline.workers.spool_view import captured_of
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
    landed = [line["marbleline"] for line in lines if line["message"] == "frame.captured"]
    assert [(one["sequence"], one["origin"]) for one in landed] == [(1, "0.jpg"), (2, "1.jpg"), (3, "2.jpg")]
    assert all(one["camera"] == "camera-1" and one["frame_id"] and one["sha256"] for one in landed)


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


def test_a_data_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = start(tmp_path / "file")
    _, said = process.communicate(timeout=60)
    assert process.returncode in (1, 2)
    assert "can't be written" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("synthetic:", SyntheticSource),
        ("folder:/pictures with spaces", FolderSource),
        ("landing:/srv/slabs", LandingSource),
        ("http:127.0.0.1:8080", HttpSource),
        ("http:[::1]:8080", HttpSource),
        ("video:0", StreamSource),
        ("video:rtsp://user:secret@camera/stream", StreamSource),
        ("video:belt.mp4", VideoFileSource),
    ],
)
def test_each_source_is_made_without_connecting(text: str, kind: type) -> None:
    source = make_source(load({"source": text}, {}))
    assert isinstance(source, kind)
    source.close()


@pytest.mark.parametrize(
    "text",
    ["", "synthetik:", "folder:", "landing:", "http:8080", "http:host:123456", "http:host:99999", "video:"],
)
def test_a_wrong_source_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(SettingError, match="landing:PATH"):
        make_source(load({"source": text}, {}))


def test_a_wrong_source_is_shown_without_its_password() -> None:
    with pytest.raises(SettingError) as error:
        make_source(load({"source": "rtsp://user:secret@camera/stream"}, {}))
    assert "secret" not in str(error.value)
