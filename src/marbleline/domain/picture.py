"""From a picture's bytes to the model's input: the one way, for training, judging and serving.

Nothing is decoded before its format and size have been checked, so a decompression bomb costs a few
kilobytes. Whatever is wrong with a picture raises PictureError with one of ``REASONS``.
"""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from marbleline.errors import ModelError, PictureError

Pixels = npt.NDArray[np.uint8]

REASONS = {
    "empty": "the file has no content",
    "too_large": "more bytes than the limit",
    "not_a_picture": "not a picture in a format that is read",
    "too_many_pixels": "wider, higher or larger than the limit",
    "too_small": "too few pixels to judge",
    "unsupported": "a colour mode that is not read",
    "truncated": "the picture ends early or is corrupt",
}

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")

# Our own limits are checked before decoding; Pillow's warning would only come second.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before it is decoded. ``max_pixels`` is width times height."""

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    min_side: int = 16


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The size of a model's input: the aspect ratio is kept, the short side is fixed.

    The short side becomes ``short_side`` pixels, the long one follows to the nearest multiple of
    ``step`` and no further than ``max_long_side``. 640x480 becomes 320x240 for the default.
    """

    short_side: int = 240
    step: int = 16
    max_long_side: int = 960

    def __post_init__(self) -> None:
        """Raises ModelError unless both sides are multiples of ``step``, and the long one is no shorter."""
        if self.step < 1 or not self.step <= self.short_side <= self.max_long_side:
            raise ModelError(f"input {self}: need 1 <= step <= short_side <= max_long_side")
        if self.short_side % self.step or self.max_long_side % self.step:
            raise ModelError(f"input {self}: short_side and max_long_side must be multiples of step")

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the input made of a picture of this width and height, in pixels."""
        short, long = sorted((width, height))
        stretched = round(self.short_side * long / short / self.step) * self.step
        stretched = min(stretched, self.max_long_side)
        return (stretched, self.short_side) if width >= height else (self.short_side, stretched)


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, turned upright.

    ``rgb`` is uint8 [height, width, 3]; it may be a whole fraction (1/2, 1/4, 1/8) of the captured
    picture's ``width`` and ``height``, never smaller than the model's input.
    """

    rgb: Pixels
    width: int
    height: int
    media_type: str


def read(data: bytes, spec: InputSpec | None = None, limits: Limits | None = None) -> Picture:
    """Check and decode a picture.

    With ``spec``, a JPEG at least twice as large as the input is decoded at a fraction of its size
    (DCT scaling), which halves the cost. Grey, palette, CMYK, 16-bit, alpha (laid over white) and
    EXIF-turned pictures come out as upright RGB.

    Raises PictureError.
    """
    limits = limits or Limits()
    if not data:
        raise PictureError("empty", "0 bytes")
    if len(data) > limits.max_bytes:
        raise PictureError("too_large", f"{len(data)} bytes, the limit is {limits.max_bytes}")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:
        # Pillow's header parsers raise a dozen types on garbage: each means the same to us.
        raise PictureError("not_a_picture", f"none of {', '.join(FORMATS)}") from error
    with image:
        media_type = Image.MIME.get(image.format or "", "application/octet-stream")
        width, height = image.size
        _check_size(width, height, limits)
        try:
            if spec is not None:
                image.draft("RGB", spec.size_for(width, height))
            image.load()
            upright = ImageOps.exif_transpose(image)
        except Exception as error:
            # The same holds for its decoders.
            raise PictureError("truncated", str(error)[:200] or type(error).__name__) from error
        if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):
            width, height = height, width
        rgb = np.asarray(_to_rgb(upright), dtype=np.uint8)
    return Picture(rgb=rgb, width=width, height=height, media_type=media_type)


def fit(rgb: Pixels, spec: InputSpec) -> Pixels:
    """Resize uint8 [height, width, 3] to the model's input size: bilinear with antialiasing."""
    height, width = rgb.shape[:2]
    size = spec.size_for(width, height)
    if size == (width, height):
        return np.ascontiguousarray(rgb)
    resized = Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(resized, dtype=np.uint8)


def model_input(data: bytes, spec: InputSpec, limits: Limits | None = None) -> Pixels:
    """The model's input, uint8 [height, width, 3], of a picture's bytes. Raises PictureError."""
    return fit(read(data, spec, limits).rgb, spec)


def thumbnail(rgb: Pixels, quality: int = 80) -> bytes:
    """JPEG of uint8 [height, width, 3] pixels, for screens."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise PictureError("too_many_pixels", f"{width}x{height}, the limit is {limits.max_pixels} pixels")
    if min(width, height) < limits.min_side:
        raise PictureError("too_small", f"{width}x{height}, each side needs {limits.min_side} pixels")


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16") or image.mode == "I":
        # Pillow's own conversion clips at 255: 16-bit grey would come out white.
        wide = np.asarray(image).astype(np.int64)
        grey = np.clip(wide >> 8, 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    if image.mode in ("1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB"):
        return image.convert("RGB")
    raise PictureError("unsupported", f"colour mode {image.mode}")
