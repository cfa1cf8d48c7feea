"""Looking at spools from outside, for the ledger: needs no lock, while the camera runs or not."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.workers.spool_file import parse_name

FRAMES: Final = "frames"
CONFIRMED: Final = "confirmed"
_NOTE: Final = re.compile(r"(\d{1,12}) [0-9a-f-]{36}\n")


@dataclass(frozen=True, slots=True)
class SpoolView:
    """``captured`` is the highest sequence that landed; ``pending`` are the ids not yet confirmed."""

    captured: int
    pending: frozenset[str]


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


def view(folder: Path) -> SpoolView:
    """What a spool holds. ``captured`` is no less than it was when this was called. Raises OSError."""
    known = [parse_name(path.name) for path in (folder / FRAMES).iterdir()]
    # In this order: a file that the listing missed because it was just removed was noted before that.
    confirmed = read_confirmed(folder)
    frames = dict(entry for entry in known if entry is not None)
    pending = frozenset(frame_id for sequence, frame_id in frames.items() if sequence > confirmed)
    return SpoolView(max(frames, default=0) if max(frames, default=0) > confirmed else confirmed, pending)


def captured_of(folder: Path) -> int:
    """The highest sequence that landed in a spool. Raises OSError."""
    return view(folder).captured


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
