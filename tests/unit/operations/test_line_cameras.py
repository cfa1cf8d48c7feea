"""What a line says of its cameras."""

import os
from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.operations.line_cameras import (
    STALE_US,
    CameraProcess,
    CameraProcessState,
    LineCameras,
    read_line_cameras,
    touch_line_cameras,
    write_line_cameras,
)


def test_it_is_read_as_it_was_written_with_its_time(tmp_path: Path) -> None:
    assert read_line_cameras(tmp_path) is None
    states = {"saw": CameraProcessState(CameraProcess.REFUSED, "rate is 'x'")}
    write_line_cameras(tmp_path, LineCameras(("end",), {"saw": {"rate": "x"}, "old": None}, states))
    file = tmp_path / "line-cameras.json"
    os.utime(file, (10, 10))
    found = read_line_cameras(tmp_path)
    assert found == LineCameras(("end",), {"saw": {"rate": "x"}, "old": None}, states, at=10_000_000)
    assert found.runs(10_000_000 + STALE_US - 1)
    assert not found.runs(10_000_000 + STALE_US)
    touch_line_cameras(tmp_path)
    said = read_line_cameras(tmp_path)
    assert said is not None
    assert said.at > 10_000_000


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "line-cameras.json").write_bytes(b'{"given": 7')
    assert read_line_cameras(tmp_path) is None


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="can't be written"):
        write_line_cameras(tmp_path / "none", LineCameras())
