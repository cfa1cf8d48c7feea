"""What decoding a picture costs, known before it is decoded: memory, passes, frames and chunks.

The memory is that of all copies that ``domain.picture`` and Pillow hold at one moment, in Pillow's storage
(4 bytes a pixel for every mode of more than one channel).
"""

from dataclasses import dataclass
from typing import Final

from marbleline.domain.picture_header import PictureHeader
from marbleline.errors import PictureError

TOO_EXPENSIVE: Final = "too_expensive"

_ONE_BYTE: Final = ("1", "L", "P")
_TWO_BYTES: Final = ("I;16", "I;16L", "I;16B", "I;16N")
# libwebp's two canvases and its copy of the picture, besides Pillow's own.
_WEBP_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Budget:
    """What decoding one picture may cost.

    ``memory_bytes``   pixels and all copies of them
    ``scans``          passes over a JPEG: cameras and editors write 1, progressive files about 10
    ``scanned_pixels`` passes times pixels
    ``frames``         of an animation, of which the first is judged
    ``chunks``         of a PNG; an encoder that cuts 20 MB into pieces of 8 KiB writes 2,500
    ``cpu_s``          seconds of CPU
    ``deadline_s``     seconds, whatever it waits for
    """

    memory_bytes: int = 256 * 2**20
    scans: int = 100
    scanned_pixels: int = 1_000_000_000
    frames: int = 256
    chunks: int = 20_000
    cpu_s: int = 5
    deadline_s: float = 10.0


def storage_bytes(mode: str) -> int:
    """Bytes a pixel that Pillow keeps for a mode."""
    return 1 if mode in _ONE_BYTE else 2 if mode in _TWO_BYTES else 4


def peak_bytes(mode: str, transparent: bool, pixels: int, header: PictureHeader | None = None) -> int:
    """The most that is held at one moment until a picture of this mode is RGB, ``pixels`` decoded ones.

    RGB is used as it is. Alpha is laid over white: the picture, perhaps a copy as RGBA, the white one and
    its mask. 16 and 32 bits go through NumPy: two copies of the picture at the least. All others: one copy.
    """
    stored = storage_bytes(mode)
    if transparent:
        each = stored + (0 if mode == "RGBA" else 4) + 4 + 1
    elif mode == "RGB":
        each = stored
    elif mode.startswith("I"):
        each = max(4 * stored + 1, 2 * stored + 6)
    else:
        each = stored + 4
    whole = header.width * header.height if header is not None else pixels
    beside = header.coefficients_bytes if header is not None else 0
    if header is not None and header.format == "WEBP":
        beside += _WEBP_BYTES * whole
    return each * pixels + beside


def check_header(header: PictureHeader, budget: Budget) -> None:
    """Refuse what the header gives away. Raises PictureError ``too_expensive`` with the figures."""
    pixels = header.width * header.height
    for what, found, most in (
        ("scans", header.scans, budget.scans),
        ("scans times pixels", header.scans * pixels if header.scans > 1 else 0, budget.scanned_pixels),
        ("frames", header.frames, budget.frames),
        ("chunks", header.chunks, budget.chunks),
    ):
        if found > most:
            raise PictureError(TOO_EXPENSIVE, f"{header.format} of {found} {what}, the limit is {most}")


def check_memory(needed: int, what: str, budget: Budget) -> None:
    """Raises PictureError ``too_expensive`` if so many bytes are more than the budget has."""
    if needed > budget.memory_bytes:
        raise PictureError(
            TOO_EXPENSIVE, f"{what} needs {needed} bytes to decode, the limit is {budget.memory_bytes}"
        )
