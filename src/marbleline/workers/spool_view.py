"""Looking at spools from outside, for the ledger: needs no lock, while the camera runs or not."""

import re
from pathlib import Path
from typing import Final

from marbleline.workers.counting import SpoolCount
from marbleline.workers.spool_file import parse_name

FRAMES: Final = "frames"
CONFIRMED: Final = "confirmed"
_NOTE: Final = re.compile(r"(\d{1,12}) [0-9a-f-]{36}\n")


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
    confirmed = read_confirmed(folder)
    captured = max(confirmed, *listed.values()) if listed else confirmed
    held = {frame_id: number for frame_id, number in _list(folder).items() if confirmed < number <= captured}
    return SpoolCount(captured, held)


def captured_of(folder: Path) -> int:
    """The highest sequence that landed in a spool. Raises OSError."""
    return view(folder).captured


def _list(folder: Path) -> dict[str, int]:
    known = (parse_name(path.name) for path in (folder / FRAMES).iterdir())
    return {frame_id: sequence for sequence, frame_id in filter(None, known)}


def read_confirmed(folder: Path) -> int:
    """The highest sequence noted as confirmed, 0 if there is no note or a power cut spoiled it."""
    try:
        match = _NOTE.fullmatch((folder / CONFIRMED).read_text(encoding="ascii", errors="replace"))
    except OSError:
        return 0
    return int(match[1]) if match else 0


def captured_at_of(frame_id: str) -> int:
    """When the frame with this id was captured, to the millisecond (microseconds UTC)."""
    return int(frame_id[:8] + frame_id[9:13], 16) * 1000
