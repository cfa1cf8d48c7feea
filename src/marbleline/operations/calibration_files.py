"""The calibrations of a line's cameras: one JSON file each, in one folder."""

from pathlib import Path

from marbleline.domain.calibration import Calibration
from marbleline.domain.durable_file import replace_file
from marbleline.errors import CalibrationError, WireError


def read_calibrations(folder: Path) -> dict[str, Calibration]:
    """Camera -> calibration, of all files in the folder; none if there is no folder.

    Raises CalibrationError naming the file that can't be read, or is named for another camera.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CalibrationError(f"{folder}: can't be listed: {error.strerror}") from error
    found = {path.stem: _read(path) for path in paths}
    for name, calibration in found.items():
        if calibration.camera != name:
            raise CalibrationError(
                f"{folder / name}.json: is of camera {calibration.camera!r}; name the file as its camera"
            )
    return found


def write_calibration(folder: Path, calibration: Calibration) -> Path:
    """Write a camera's file, whole or not at all; returns its path. Raises CalibrationError."""
    path = folder / f"{calibration.camera}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, calibration.to_json() + b"\n")
    except OSError as error:
        raise CalibrationError(f"{path}: can't be written: {error.strerror}") from error
    return path


def _read(path: Path) -> Calibration:
    try:
        return Calibration.from_json(path.read_bytes())
    except (OSError, WireError) as error:
        raise CalibrationError(f"{path}: can't be read: {error}; calibrate the camera again") from error
