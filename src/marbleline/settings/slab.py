"""Settings of the slab worker: when a slab is decided, and how its tiles lie on it."""

from dataclasses import dataclass
from pathlib import Path

from marbleline.settings.kinds import FILE, one_of, real, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class SlabSettings:
    """How the verdicts of a slab's frames become the slab's verdict. docs/slabs.md has the rules."""

    slab_deadline_ms: int = setting(
        whole(1, 3_600_000),
        2_000,
        "Milliseconds after a slab's trigger, or its first frame, within which its verdict is of use.",
    )
    slab_incomplete: str = setting(
        one_of("review", "faulty"),
        "review",
        "Decision on a slab without a faulty tile of which a tile is missing, late or in doubt.",
    )
    slab_rows: int = setting(
        whole(1, 64), 1, "Cameras side by side across the belt; tiles are counted across, then along."
    )
    slab_mm_per_count: float = setting(
        real(0, 1_000),
        0.0,
        "Millimetres of belt travel per count of the encoder; 0: tiles lie edge to edge.",
    )
    slab_calibrations: Path | None = setting(
        FILE, None, "Folder of the cameras' calibration files; empty: calibration/ in the data folder."
    )
