"""A decoded picture turned upright and made RGB, whatever it was."""

from typing import Final

import numpy as np
from PIL import ExifTags, Image

from marbleline.errors import PictureError

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SWAPS_SIDES: Final = (
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
)


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """What turns a loaded picture upright; Pillow has turned a TIFF by itself and forgotten the tag."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except MemoryError:
        raise
    except Exception:
        # Broken metadata says nothing of the pixels: the picture is judged as it lies.
        return None


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded picture as RGB, the same object if it is RGB already. Raises PictureError ``unsupported``."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        # Pillow's own conversion clips at 255: 16-bit grey would come out white.
        wide = np.asarray(image)
        grey = (np.clip(wide, 0, 0xFFFF) >> 8).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    try:
        if image.has_transparency_data:
            rgba = image if image.mode == "RGBA" else image.convert("RGBA")
            white = Image.new("RGB", rgba.size, "white")
            white.paste(rgba, mask=rgba.getchannel("A"))
            return white
        if image.mode in ("1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB"):
            return image.convert("RGB")
    except ValueError as error:
        raise PictureError("unsupported", f"colour mode {image.mode}: {error}") from error
    raise PictureError("unsupported", f"colour mode {image.mode}")
