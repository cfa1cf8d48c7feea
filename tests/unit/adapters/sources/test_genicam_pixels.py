"""Known patterns in each pixel format, and that the pipeline reads back what the camera sent."""

import io

import numpy as np
import pytest
from PIL import Image
from viva_genicam import Frame

from marbleline.adapters.sources.genicam_pixels import lossless_picture, pixels_of
from marbleline.domain import picture
from marbleline.errors import SourceUnavailable

WIDTH, HEIGHT = 32, 24
COLOUR = (200, 120, 40)


def mosaic(first: str) -> bytes:
    """A field of one colour as the sensor sees it; ``first``: the colours of the first row's first two."""
    rows = {"RG": ("RG", "GB"), "GR": ("GR", "BG"), "GB": ("GB", "RG"), "BG": ("BG", "GR")}[first]
    values = np.array([[COLOUR["RGB".index(one)] for one in row] for row in rows], np.uint8)
    return np.tile(values, (HEIGHT // 2, WIDTH // 2)).tobytes()


def ramp(bits: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """Every value that matters: black, white, and steps over all bits between."""
    return np.linspace(0, 2**bits - 1, WIDTH * HEIGHT).round().astype(np.uint16)


def packed(values: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> bytes:
    """PFNC's Mono12p: a bit stream, least significant bit first: two pixels in three bytes."""
    even, odd = values[0::2], values[1::2]
    return np.stack([even & 255, even >> 8 | (odd & 15) << 4, odd >> 4], axis=1).astype(np.uint8).tobytes()


def gige_packed(values: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> bytes:
    """GigE Vision's Mono12Packed: the upper 8 bits of each pixel, and both lower 4 in the byte between."""
    even, odd = values[0::2], values[1::2]
    return np.stack([even >> 4, even & 15 | (odd & 15) << 4, odd >> 4], axis=1).astype(np.uint8).tobytes()


def test_mono8_is_as_it_was_sent() -> None:
    values = np.arange(WIDTH * HEIGHT, dtype=np.uint32).astype(np.uint8)
    pixels = pixels_of(Frame.from_bytes(values.tobytes(), WIDTH, HEIGHT, "Mono8"))
    assert np.array_equal(pixels, values.reshape(HEIGHT, WIDTH))


@pytest.mark.parametrize("first", ["RG", "GR", "GB", "BG"])
def test_a_field_of_one_colour_is_that_colour_in_every_mosaic(first: str) -> None:
    pixels = pixels_of(Frame.from_bytes(mosaic(first), WIDTH, HEIGHT, f"Bayer{first}8"))
    assert np.array_equal(pixels, np.broadcast_to(np.array(COLOUR, np.uint8), (HEIGHT, WIDTH, 3)))


def test_interpolation_agrees_with_the_librarys_inside() -> None:
    sent = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    frame = Frame.from_bytes(sent.tobytes(), WIDTH, HEIGHT, "BayerGB8")
    difference = pixels_of(frame).astype(int) - frame.to_numpy(demosaic=True)
    assert np.abs(difference[1:-1, 1:-1]).max() <= 1  # it rounds down


@pytest.mark.parametrize("pixel_format", ["RGB8", "BGR8"])
def test_colour_comes_out_in_the_order_rgb(pixel_format: str) -> None:
    sent = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    ordered = sent if pixel_format == "RGB8" else sent[..., ::-1]
    pixels = pixels_of(Frame.from_bytes(ordered.tobytes(), WIDTH, HEIGHT, pixel_format))
    assert np.array_equal(pixels, sent)


@pytest.mark.parametrize(
    ("pixel_format", "bits"),
    [("Mono10", 10), ("Mono12", 12), ("Mono12p", 12), ("Mono12Packed", 12), ("Mono14", 14), ("Mono16", 16)],
)
def test_deep_values_fill_16_bits_and_can_be_had_back(pixel_format: str, bits: int) -> None:
    values = ramp(bits)
    as_sent = {"Mono12p": packed, "Mono12Packed": gige_packed}.get(pixel_format, lambda one: one.tobytes())
    pixels = pixels_of(Frame.from_bytes(as_sent(values), WIDTH, HEIGHT, pixel_format))
    assert pixels.dtype == np.uint16
    assert (int(pixels.min()), int(pixels.max())) == (0, 65_535)
    assert np.array_equal(pixels.ravel() >> (16 - bits), values)


def test_line_padding_is_left_out() -> None:
    sent = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH + 4), dtype=np.uint8)
    pixels = pixels_of(Frame.from_bytes(sent.tobytes(), WIDTH, HEIGHT, "Mono8", padding_x=4))
    assert np.array_equal(pixels, sent[:, :WIDTH])


def test_another_format_is_refused_with_those_that_are_read() -> None:
    frame = Frame.from_bytes(bytes(WIDTH * HEIGHT * 2), WIDTH, HEIGHT, "BayerRG12")
    with pytest.raises(SourceUnavailable, match=r"BayerRG12 is not read: set genicam_pixel_format .*Mono12"):
        pixels_of(frame)


@pytest.mark.parametrize("storage", ["raw", "png"])
@pytest.mark.parametrize("shape", [(HEIGHT, WIDTH), (HEIGHT, WIDTH, 3)])
def test_8_bits_come_through_the_pipeline_unchanged(shape: tuple[int, ...], storage: str) -> None:
    sent = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    content = lossless_picture(sent, storage)
    rgb = sent if len(shape) == 3 else np.stack([sent] * 3, axis=-1)
    assert np.array_equal(picture.read(content).rgb, rgb)
    header = picture.checked_header(content, None, picture.Limits())
    assert header is not None
    assert header.plain, "else it is decoded in a process of its own"


@pytest.mark.parametrize("storage", ["raw", "png"])
def test_12_bits_are_stored_whole_and_judged_by_their_upper_8(storage: str) -> None:
    values = ramp(12)
    content = lossless_picture(pixels_of(Frame.from_bytes(packed(values), WIDTH, HEIGHT, "Mono12p")), storage)
    stored = np.asarray(Image.open(io.BytesIO(content)))
    assert np.array_equal(stored.ravel() >> 4, values)
    assert np.array_equal(picture.read(content).rgb[..., 0].ravel(), values >> 4)
