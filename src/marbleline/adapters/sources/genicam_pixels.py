"""From a GenICam camera's pixels to a picture file that keeps every bit of them.

8-bit pixels become a BMP, which is the pixels and a header: it costs a fortieth of the CPU of a PNG
(docs/decisions/0163-raw-pixels-as-bmp.md). Deeper ones become a 16-bit PNG, because BMP has no such pixels.
"""

import io
import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import viva_genicam
from PIL import Image

from marbleline.domain.bayer import demosaic
from marbleline.errors import SourceUnavailable

RawPixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

# Bits of each value, by the names of the pixel formats (EMVA's PFNC, and GigE Vision 1.x's "Packed").
_BITS: Final = {
    "Mono8": 8,
    "Mono10": 10,
    "Mono10p": 10,
    "Mono10Packed": 10,
    "Mono12": 12,
    "Mono12p": 12,
    "Mono12Packed": 12,
    "Mono14": 14,
    "Mono16": 16,
    **{f"Bayer{first}8": 8 for first in ("RG", "GR", "GB", "BG")},
    "RGB8": 8,
    "RGB8Packed": 8,
    "BGR8": 8,
    "BGR8Packed": 8,
}
_MOSAIC: Final = re.compile(r"Bayer(RG|GR|GB|BG)8")
# Its entropy coding alone takes half the time of a search for repetitions, which a sensor's noise hardly has.
_PNG: Final[dict[str, Any]] = {"compress_level": 1, "compress_type": 2}


def pixels_of(frame: viva_genicam.Frame) -> RawPixels:
    """The pixels: uint8 [height, width] or [height, width, 3] in the order RGB, uint16 [height, width].

    Values of 10, 12 and 14 bits are moved to the upper end of 16 bits and their upper bits repeated below, so
    that white is 65535; ``value >> (16 - bits)`` is the camera's value. A Bayer mosaic is interpolated
    (``domain.bayer``); each element's own value is left as it is.

    Raises SourceUnavailable for another pixel format.
    """
    bits = _BITS.get(frame.pixel_format)
    if bits is None:
        raise SourceUnavailable(
            f"pixel format {frame.pixel_format} is not read: set genicam_pixel_format to one of "
            f"{', '.join(sorted(_BITS))}"
        )
    pixels = frame.to_numpy()
    mosaic = _MOSAIC.fullmatch(frame.pixel_format)
    if mosaic is not None:
        # Ours, because the library repeats the outermost elements and so has false colours at the borders.
        return demosaic(pixels.astype(np.uint8, copy=False), mosaic[1])
    if bits in (8, 16):
        return pixels
    wide = pixels.astype(np.uint16)
    return ((wide << (16 - bits)) | (wide >> (2 * bits - 16))).astype(np.uint16)


def lossless_picture(pixels: RawPixels, storage: str = "raw") -> bytes:
    """A BMP of 8-bit pixels with ``raw``, else a PNG. ``pixels`` as ``pixels_of`` gives them."""
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    if storage == "raw" and pixels.dtype == np.uint8:
        image.save(buffer, "BMP")
    else:
        image.save(buffer, "PNG", **_PNG)
    return buffer.getvalue()
