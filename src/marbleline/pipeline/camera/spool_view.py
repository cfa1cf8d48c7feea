"""Looking at spools from outside, for the ledger: needs no lock, while the camera runs or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marbleline.pipeline.camera.spool_file import parse_name
from marbleline.pipeline.camera.spool_note import CONFIRMED, RELEASED, read_note

FRAMES: Final = "frames"


@dataclass(frozen=True, slots=True)
class SpoolCount:
    """What a camera's spool says: the highest sequence that it gave, and frame_id -> sequence of its frames.

    ``held``      frames that the broker has not confirmed
    ``retained``  frames that it has confirmed, until they are recorded
    """

    captured: int
    held: Mapping[str, int]
    retained: Mapping[str, int] = field(default_factory=dict)


def folder_of(data: Path, camera: str) -> Path:
    """Where a camera's spool lies in the data folder."""
    return data / "spool" / camera


def folders_in(data: Path) -> dict[str, Path]:
    """Camera -> spool, of all the spools in the data folder."""
    try:
        found = sorted((data / "spool").iterdir())
    except FileNotFoundError:
        return {}
    return {folder.name: folder for folder in found if (folder / FRAMES).is_dir()}


def view(folder: Path) -> SpoolCount:
    """What a spool holds: no less was captured than when this was called. Raises OSError.

    A listing may miss what changes meanwhile, never what stays. So it is taken twice: what landed before
    the newest name of the first stands in the second, unless it was confirmed and removed, and then
    it was noted before.
    """
    listed = _list(folder)
    confirmed = read_note(folder, CONFIRMED)
    captured = max(confirmed, *listed.values()) if listed else confirmed
    found = {frame_id: number for frame_id, number in _list(folder).items() if number <= captured}
    held = {frame_id: number for frame_id, number in found.items() if number > confirmed}
    released = read_note(folder, RELEASED)
    retained = {one: number for one, number in found.items() if number <= confirmed and number != released}
    return SpoolCount(captured, held, retained)


def captured_of(folder: Path) -> int:
    """The highest sequence that landed in a spool. Raises OSError."""
    return view(folder).captured


def _list(folder: Path) -> dict[str, int]:
    known = (parse_name(path.name) for path in (folder / FRAMES).iterdir())
    return {frame_id: sequence for sequence, frame_id in filter(None, known)}
