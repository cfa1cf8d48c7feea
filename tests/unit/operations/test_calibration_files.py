"""The calibration files: whole or not at all, and named for their camera."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.errors import CalibrationError
from marbleline.operations.calibration_files import read_calibrations, write_calibration
from tests.unit.bootstrap.test_slab_rules import CALIBRATION


def test_what_is_written_is_read(tmp_path: Path) -> None:
    other = replace(CALIBRATION, camera="camera-2")
    for one in (CALIBRATION, other, CALIBRATION):
        write_calibration(tmp_path / "new", one)
    assert read_calibrations(tmp_path / "new") == {"camera-1": CALIBRATION, "camera-2": other}
    assert read_calibrations(tmp_path / "none") == {}


def test_a_file_of_another_camera_or_none_is_named(tmp_path: Path) -> None:
    write_calibration(tmp_path, CALIBRATION).rename(tmp_path / "camera-9.json")
    with pytest.raises(CalibrationError, match=r"camera-9\.json: is of camera 'camera-1'"):
        read_calibrations(tmp_path)
    (tmp_path / "camera-9.json").write_text("{")
    with pytest.raises(CalibrationError, match=r"camera-9\.json: can't be read"):
        read_calibrations(tmp_path)


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrationError, match="can't be written"):
        write_calibration(tmp_path / "file", CALIBRATION)
