"""From a picture's bytes to the model's input: the one way, for training, judging and serving.

Nothing is decoded before its format, its size and what decoding it costs have been checked, so a
decompression bomb costs a few kilobytes. Whatever is wrong with a picture raises PictureError with one of
``REASONS``.
"""

import io
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture_cost import (
    TOO_EXPENSIVE,
    Budget,
    check_header,
    check_memory,
    peak_bytes,
    storage_bytes,
)
from marbleline.domain.picture_header import PictureHeader, read_header
from marbleline.domain.picture_rgb import SWAPS_SIDES, to_rgb, turn_of
from marbleline.domain.region import Region
from marbleline.domain.region_cells import kept_pixels
from marbleline.domain.region_fill import fill_gaps
from marbleline.errors import PictureError

Pixels = npt.NDArray[np.uint8]

REASONS = {
    "empty": "the file has no content",
    "too_large": "more bytes than the limit",
    "not_a_picture": "not a picture in a format that is read",
    "too_many_pixels": "wider, higher or larger than the limit",
    "too_small": "too few pixels to judge",
    "too_elongated": "longer and narrower than the model takes",
    "unsupported": "a colour mode that is not read",
    "truncated": "the picture ends early or is corrupt",
    TOO_EXPENSIVE: "decoding it takes more memory, passes or time than the limit; the detail has the figures",
}

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
# A telephone's JPEG with a preview inside is MPO to Pillow: its first picture is an ordinary JPEG.
_MEDIA_TYPES = {"MPO": "image/jpeg"} | {name: f"image/{name.lower()}" for name in FORMATS}
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")

MOST_INPUT_BYTES = 16_000_000
"""Of the input that a picture in windows makes: it travels raw, and RabbitMQ 4 takes 16 MiB by default."""

# Our own limits are checked before decoding; Pillow's warning would only come second.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before it is decoded. ``max_pixels`` is width times height."""

    max_bytes: int = 16_000_000
    max_pixels: int = 50_000_000
    min_side: int = 16
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, turned upright.

    ``rgb`` is uint8 [height, width, 3]; it may be a whole fraction (1/2, 1/4, 1/8) of the captured
    picture's ``width`` and ``height``, never smaller than the model's input. ``overview`` is the whole
    picture for a screen, where ``rgb`` shows a part of it.
    """

    rgb: Pixels
    width: int
    height: int
    media_type: str
    overview: Pixels | None = None


def read(data: bytes, spec: InputSpec | None = None, limits: Limits | None = None) -> Picture:
    """Check and decode a picture; of several in one file (TIFF, animation) the first.

    With ``spec``, a JPEG at least twice as large as the input is decoded at a fraction of its size
    (DCT scaling), which halves the cost. Grey, palette, CMYK, 16-bit (its upper 8 bits), alpha (laid
    over white) and EXIF-turned pictures come out as upright RGB.

    Raises PictureError.
    """
    image, picture = _decode(data, spec, limits or Limits())
    return replace(picture, rgb=np.asarray(image, dtype=np.uint8))


def prepare(
    data: bytes,
    spec: InputSpec,
    limits: Limits | None = None,
    header: PictureHeader | None = None,
    region: Region | None = None,
) -> Picture:
    """A picture whose ``rgb`` is the model's input: ``read`` and ``fit`` without a copy at full size.

    ``header``: what ``read_header`` said of it, if it was looked at and found within the limits before.
    ``region``: the input shows this part of the picture alone, and ``overview`` the whole. ``overview`` is
    there for a picture that is judged in windows, too.

    Raises PictureError.
    """
    image, picture = _decode(data, spec, limits or Limits(), header, region)
    captured = picture.width, picture.height
    if region is None:
        in_windows = spec.window > 0 and spec.in_windows(*captured)
        rgb = _resized(image, spec.size_for(*(captured if in_windows else image.size)))
        return replace(picture, rgb=rgb, overview=_overview(image, spec) if in_windows else None)
    part, captured = image.crop(region.pixel_box(*image.size)), part_size(*captured, region)
    rgb = _resized(part, spec.size_for(*(captured if spec.in_windows(*captured) else part.size)))
    filled = fill_gaps(rgb, kept_pixels(region, *rgb.shape[:2]))
    return replace(picture, rgb=filled, overview=_overview(image, spec))


def _overview(image: Image.Image, spec: InputSpec) -> Pixels:
    """The whole picture, about as large as an input."""
    short, long = sorted(image.size)
    scale = min(1.0, spec.short_side / short, spec.max_long_side / long)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0), dtype=np.uint8)


def shrunk(
    data: bytes,
    spec: InputSpec,
    longest: int,
    limits: Limits | None = None,
    header: PictureHeader | None = None,
) -> Picture:
    """A picture for a screen: ``read``, and no side longer than ``longest`` pixels.

    ``header`` as for ``prepare``. Raises PictureError.
    """
    image, picture = _decode(data, spec, limits or Limits(), header)
    image.thumbnail((longest, longest), reducing_gap=2.0)
    return replace(picture, rgb=np.asarray(image, dtype=np.uint8))


def fit(rgb: Pixels, spec: InputSpec) -> Pixels:
    """Resize uint8 [height, width, 3] to the model's input size: bilinear with antialiasing.

    For what looks at a picture in one piece, as training does: raises PictureError for one that is judged in
    windows.
    """
    height, width = rgb.shape[:2]
    if spec.in_windows(width, height):
        raise PictureError(
            "too_many_pixels",
            f"{width}x{height} is judged in windows of {spec.window} pixels; with such pictures a product"
            " can be taught (`marbleline product teach`), but no model trained: cut it into windows, or start"
            " from a version without one",
        )
    size = spec.size_for(width, height)
    return np.ascontiguousarray(rgb) if size == (width, height) else _resized(Image.fromarray(rgb), size)


def _resized(image: Image.Image, size: tuple[int, int]) -> Pixels:
    if size != image.size:
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(image, dtype=np.uint8)


def model_input(data: bytes, spec: InputSpec, limits: Limits | None = None) -> Pixels:
    """The model's input, uint8 [height, width, 3], of a picture's bytes. Raises PictureError."""
    return prepare(data, spec, limits).rgb


def thumbnail(rgb: Pixels, quality: int = 80) -> bytes:
    """JPEG of uint8 [height, width, 3] pixels, for screens."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()


_NO_PIXELS = np.empty((0, 0, 3), np.uint8)


def checked_header(
    data: bytes, spec: InputSpec | None, limits: Limits, region: Region | None = None
) -> PictureHeader | None:
    """The header, found within the limits; None if it can't be read here. Raises PictureError."""
    if not data:
        raise PictureError("empty", "0 bytes")
    if len(data) > limits.max_bytes:
        raise PictureError("too_large", f"{len(data)} bytes, the limit is {limits.max_bytes}")
    header = read_header(data)
    if header is not None:
        check_size(header.width, header.height, None if region else spec, limits)
        check_header(header, limits.budget)
    return header


def _decode(
    data: bytes,
    spec: InputSpec | None,
    limits: Limits,
    header: PictureHeader | None = None,
    region: Region | None = None,
) -> tuple[Image.Image, Picture]:
    """The upright RGB image, and what is known of it, its pixels left out. Raises PictureError."""
    if header is None:
        header = checked_header(data, spec, limits, region)
    with _opened(data) as image:
        media_type = _MEDIA_TYPES[image.format or ""]
        width, height = image.size
        if header is None or (width, height) != (header.width, header.height):
            check_size(width, height, None if region else spec, limits)
        try:
            if spec is not None:
                if region is not None:
                    _check_part(image, spec, limits, region)
                _shrink_while_decoding(image, spec, region)
            needed = _needed_bytes(image, header)
            check_memory(needed, f"{width}x{height} {image.mode}", limits.budget)
            image.load()
        except (MemoryError, PictureError):
            raise
        except Exception as error:
            # The same holds for its decoders, but for one thing that they call by no type of its own.
            if str(error).startswith("out of memory"):
                raise MemoryError(str(error)) from error
            raise PictureError("truncated", str(error)[:200] or type(error).__name__) from error
        turn = turn_of(image)
        if turn is not None:
            needed += storage_bytes(image.mode) * image.width * image.height
            check_memory(needed, f"{width}x{height} {image.mode}, to be turned,", limits.budget)
        if turn in SWAPS_SIDES:
            width, height = height, width
        rgb = to_rgb(image if turn is None else image.transpose(turn))
    return rgb, Picture(rgb=_NO_PIXELS, width=width, height=height, media_type=media_type)


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except MemoryError:
        raise
    except Exception as error:
        # Pillow's header parsers raise a dozen types on garbage: each means the same to us.
        raise PictureError("not_a_picture", f"none of {', '.join(FORMATS)}") from error


def _needed_bytes(image: Image.Image, header: PictureHeader | None) -> int:
    return peak_bytes(image.mode, image.has_transparency_data, image.width * image.height, header)


def check_size(width: int, height: int, spec: InputSpec | None, limits: Limits) -> None:
    """Raises PictureError for a picture of so many pixels that is refused, decoded or not."""
    if width * height > limits.max_pixels:
        raise PictureError("too_many_pixels", f"{width}x{height}, the limit is {limits.max_pixels} pixels")
    if min(width, height) < limits.min_side:
        raise PictureError("too_small", f"{width}x{height}, each side needs {limits.min_side} pixels")
    if spec is not None and not spec.takes(width, height):
        most = spec.max_long_side / spec.short_side
        raise PictureError("too_elongated", f"{width}x{height}, the model takes up to {most:g} to 1")
    if spec is not None and spec.window and spec.in_windows(width, height):
        across, down = spec.size_for(width, height)
        if across * down * 3 > MOST_INPUT_BYTES:
            raise PictureError(
                "too_many_pixels",
                f"{width}x{height} in windows of {spec.window} pixels is an input of"
                f" {across * down * 3} bytes, the limit is {MOST_INPUT_BYTES}: use a version with a larger"
                " window",
            )


def _check_part(image: Image.Image, spec: InputSpec, limits: Limits, region: Region) -> None:
    width, height = part_size(*_upright_size(image), region)
    check_size(width, height, spec, limits)


def part_size(width: int, height: int, region: Region) -> tuple[int, int]:
    """Pixels of the region's box in an upright picture of this size."""
    left, top, right, bottom = region.pixel_box(width, height)
    return right - left, bottom - top


def upright_size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels of a picture once it is upright; nothing is decoded. Raises PictureError."""
    with _opened(data) as image:
        return _upright_size(image)


def _upright_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    # Pillow turns a TIFF by itself: its size is the upright one although the tag is still there.
    turned = image.format != "TIFF" and turn_of(image) in SWAPS_SIDES
    return (height, width) if turned else (width, height)


def _shrink_while_decoding(image: Image.Image, spec: InputSpec, region: Region | None) -> None:
    """Ask for the smallest fraction that is no smaller than the input, and leads to the same input.

    Rounding up to whole pixels changes the aspect ratio a little: without the second condition a few
    pictures would get an input of another size than without the fraction.
    """
    width, height = image.size
    scale = fraction(*_upright_size(image), spec, region) if region else fraction(width, height, spec)
    if scale > 1:
        image.draft("RGB", (width // scale, height // scale))


def fraction(width: int, height: int, spec: InputSpec, region: Region | None = None) -> int:
    """1, 2, 4 or 8: by what a JPEG's sides are divided while it is decoded for an input of its region."""
    captured = part_size(width, height, region) if region else (width, height)
    wanted, in_windows = spec.size_for(*captured), spec.window > 0 and spec.in_windows(*captured)
    for scale in (8, 4, 2):
        smaller = (-(-width // scale), -(-height // scale))
        if region:
            smaller = part_size(*smaller, region)
        large_enough = smaller[0] >= wanted[0] and smaller[1] >= wanted[1]
        if large_enough and (in_windows or spec.size_for(*smaller) == wanted):
            return scale
    return 1
