"""Settings of one camera: its source, its spool, its deadline."""

from dataclasses import dataclass

from marbleline.settings.kinds import ADDRESS, MASKS, NAME, OPTIONAL_NAME, OUTLINE, real, whole
from marbleline.settings.setting import setting


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """One camera. What only one kind of source reads is in ``adapters/sources/registry.py``."""

    camera: str = setting(NAME, "camera-1", "Name of the camera.")
    source: str = setting(ADDRESS, "synthetic:", "Source of the pictures.")
    trigger_rate: float = setting(
        real(0, 1_000), 0.0, "Slabs per second that a software trigger announces; 0: no such trigger."
    )
    trigger_tiles: int = setting(
        whole(1, 1_000), 1, "Pictures of the source that make a slab, with a software trigger."
    )
    frames: int = setting(whole(0, 10**9), 0, "Stop after this many frames; 0 means never.")
    stall_s: float = setting(
        real(0.1, 86_400), 10.0, "Seconds without a picture after which a camera counts as stalled."
    )
    deadline_ms: int = setting(
        whole(1, 86_400_000), 2000, "Milliseconds after capture until a verdict counts as late."
    )
    camera_product: str = setting(
        OPTIONAL_NAME,
        "",
        "Product of all of this camera's frames, whatever product the line is switched to; empty: the "
        "line's. A gate station takes the line's alone.",
    )
    region: str = setting(
        OUTLINE,
        "",
        "Part of the picture that is judged: two opposite corners of a rectangle, or a polygon, as x,y "
        "shares of the picture with spaces between them, such as 0.1,0 0.9,1; empty: the whole picture.",
    )
    masks: str = setting(
        MASKS, "", "Parts of the region that are not judged: shapes as in region, with ; between them."
    )
    spool_bytes: int = setting(whole(100_000, 10**13), 1_000_000_000, "Quota of a camera's spool.")
