"""Whatever is thrown at it, a picture becomes upright RGB or one clear error; bombs cost nothing."""

import io
import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import (
    FORMATS,
    REASONS,
    Limits,
    Pixels,
    fit,
    model_input,
    prepare,
    read,
    thumbnail,
    upright_size,
)
from marbleline.domain.region import region_of
from marbleline.errors import PictureError

SPEC = InputSpec()
WIDTH, HEIGHT = 160, 96


def scene(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Smooth, and different in every corner, so that a turn or a mirror shows."""
    corners = np.array([[[250, 20, 20], [20, 250, 20]], [[20, 20, 250], [230, 230, 40]]], np.uint8)
    return Image.fromarray(corners).resize((width, height), Image.Resampling.BILINEAR)


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def refusal(data: bytes, spec: InputSpec | None = SPEC, limits: Limits | None = None) -> PictureError:
    with pytest.raises(PictureError) as caught:
        read(data, spec, limits)
    assert caught.value.reason in REASONS
    return caught.value


def difference(one: Pixels, other: Pixels) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@settings(max_examples=30)
@given(st.integers(16, 700), st.integers(16, 700))
def test_fit_makes_that_size_and_leaves_it_alone(width: int, height: int) -> None:
    rgb = np.asarray(scene(width, height))
    once = fit(rgb, SPEC)
    assert once.shape == (*reversed(SPEC.size_for(width, height)), 3)
    assert once.dtype == np.uint8
    assert once.flags.c_contiguous
    assert fit(once, SPEC) is once


@settings(max_examples=40)
@given(width=st.integers(200, 1500), height=st.integers(200, 1500))
@example(width=480, height=495)  # half of it, rounded up, would lead to 240x256
@example(width=480, height=623)
def test_a_fraction_leads_to_the_same_input(width: int, height: int) -> None:
    assume(SPEC.takes(width, height))
    data = encode(scene(width, height), "JPEG", quality=90)
    picture = read(data, SPEC)
    assert (picture.width, picture.height) == (width, height)
    rows, columns = picture.rgb.shape[:2]
    assert any((columns, rows) == (-(-width // part), -(-height // part)) for part in (1, 2, 4, 8))
    wanted = SPEC.size_for(width, height)
    if (columns, rows) != (width, height):
        assert columns >= wanted[0]
        assert rows >= wanted[1]
    assert fit(picture.rgb, SPEC).shape == (*reversed(wanted), 3)
    assert difference(fit(picture.rgb, SPEC), fit(read(data).rgb, SPEC)) < 2


def test_a_large_jpeg_is_decoded_small() -> None:
    data = encode(scene(2000, 1500), "JPEG")
    assert read(data, SPEC).rgb.shape == (375, 500, 3)
    assert read(data).rgb.shape == (1500, 2000, 3)
    assert model_input(data, SPEC).shape == (240, 320, 3)


# --- kinds of pictures that are judged ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_judged_upright(kind: str, orientation: int) -> None:
    upright = scene()
    # What the camera's sensor saw: turning it as the tag says gives the upright picture back.
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    as_stored = upright if back is None else upright.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    picture = read(encode(as_stored, kind, exif=exif, **options), SPEC)
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert difference(picture.rgb, np.asarray(upright)) < 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_region_of_a_turned_picture_is_measured_upright(kind: str) -> None:
    """480x192 of the upright picture, which the model takes; of the stored one it would be 640x144."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(scene(640, 480), kind, exif=exif)
    assert upright_size(data) == (480, 640)
    assert prepare(data, SPEC, region=region_of("0,0 1,0.3", "")).rgb.shape == (240, 608, 3)


def test_the_size_of_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureError, match="not_a_picture"):
        upright_size(b"no picture")


def test_a_turned_picture_is_upright_at_a_fraction_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(scene(1280, 960).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)
    picture = read(data, SPEC)
    assert (picture.width, picture.height) == (1280, 960)
    assert picture.rgb.shape == (240, 320, 3)
    assert difference(picture.rgb, np.asarray(scene(320, 240))) < 3


def test_broken_metadata_does_not_condemn_the_pixels(recwarn: pytest.WarningsRecorder) -> None:
    data = encode(scene(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x7fgarbage")
    assert read(data, SPEC).rgb.shape == (HEIGHT, WIDTH, 3)


def grey16(kind: str) -> bytes:
    ramp = np.linspace(0, 65_535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)
    return encode(Image.fromarray(ramp), kind)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_keep_their_upper_8(kind: str) -> None:
    rgb = read(grey16(kind), SPEC).rgb
    assert rgb[0, 0].tolist() == [0, 0, 0]
    assert rgb[-1, -1].tolist() == [255, 255, 255]
    assert abs(int(rgb[HEIGHT // 2, 0, 0]) - 128) <= 1


def png(width: int, height: int, colour_type: int, depth: int, rows: bytes) -> bytes:
    """A PNG by hand, for what Pillow doesn't write and for headers that lie."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_16_bit_colour_is_read() -> None:
    row = b"\x00" + struct.pack(">HHH", 0xFFFF, 0x8000, 0x0100) * 20
    rgb = read(png(20, 20, 2, 16, zlib.compress(row * 20)), SPEC).rgb
    assert rgb.shape == (20, 20, 3)
    assert np.abs(rgb[5, 5].astype(int) - [255, 128, 1]).max() <= 1


def test_32_bit_grey_is_clipped_not_wrapped() -> None:
    wide = np.full((HEIGHT, WIDTH), 70_000, np.int32)
    wide[:, : WIDTH // 2] = -5
    rgb = read(encode(Image.fromarray(wide), "TIFF"), SPEC).rgb
    assert (rgb[0, 0, 0], rgb[0, -1, 0]) == (0, 255)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_comes_out_in_its_colours(kind: str) -> None:
    rgb = read(encode(scene().convert("CMYK"), kind), SPEC).rgb
    assert difference(rgb, np.asarray(scene())) < 6


@pytest.mark.parametrize("mode", ["L", "1", "P"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_fewer_colours_are_read(mode: str, kind: str) -> None:
    small = scene().convert(mode)
    assert difference(read(encode(small, kind), SPEC).rgb, np.asarray(small.convert("RGB"))) == 0


def test_grey_jpeg_is_read() -> None:
    rgb = read(encode(scene().convert("L"), "JPEG"), SPEC).rgb
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert (rgb[..., 0] == rgb[..., 2]).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_what_is_transparent_is_white(mode: str, kind: str) -> None:
    image = scene().convert(mode)
    image.putalpha(
        Image.fromarray(np.where(np.arange(WIDTH) < 80, 0, 255).astype(np.uint8)[None].repeat(HEIGHT, 0))
    )
    rgb = read(encode(image, kind), SPEC).rgb
    assert (rgb[:, :80] == 255).all()
    assert difference(rgb[:, 80:], np.asarray(scene().convert(mode).convert("RGB"))[:, 80:]) == 0


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_colour_that_stands_for_transparent_is_white(mode: str) -> None:
    image = Image.new(mode, (WIDTH, HEIGHT), 0)
    image.paste(1 if mode == "P" else "white", (80, 0, WIDTH, HEIGHT))
    if mode == "P":
        image.putpalette([0, 0, 0, 200, 10, 10])
    rgb = read(encode(image, transparency=(0, 0, 0) if mode == "RGB" else 0), SPEC).rgb
    assert (rgb[:, :80] == 255).all()
    assert rgb[0, -1].tolist() == ([200, 10, 10] if mode == "P" else [255, 255, 255])


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG"])
def test_of_several_pictures_the_first_counts(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(scene(), kind, save_all=True, append_images=[ImageOps.invert(scene())], **options)
    assert difference(read(data, SPEC).rgb, np.asarray(scene())) < 1


def test_a_telephones_jpeg_is_a_jpeg() -> None:
    data = encode(scene(), "MPO", save_all=True, append_images=[scene(80, 48)])
    picture = read(data, SPEC)
    assert picture.media_type == "image/jpeg"
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("kind", FORMATS)
def test_media_type(kind: str) -> None:
    assert read(encode(scene(), kind), SPEC).media_type == f"image/{kind.lower()}"


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\0" * 2_000, "not_a_picture"),
        (b"a slab of text that someone named slab.jpg\n" * 40, "not_a_picture"),
        (b"GIF89a" + b"\0" * 100, "not_a_picture"),
        (b"\xff\xd8\xff", "not_a_picture"),
        (encode(scene(1, 1)), "too_small"),
        (encode(scene(15, 100)), "too_small"),
        (encode(scene(1300, 300)), "too_elongated"),
        (encode(scene(300, 1300)), "too_elongated"),
        (encode(Image.new("1", (50_000, 16))), "too_elongated"),
        (png(0, 100, 2, 8, zlib.compress(b"")), "too_small"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_refused_with_its_reason(data: bytes, reason: str) -> None:
    assert refusal(data).reason in (reason, "not_a_picture" if reason == "too_small" else reason)


def test_four_to_one_is_still_taken() -> None:
    assert model_input(encode(scene(960, 240)), SPEC).shape == (240, 960, 3)
    assert model_input(encode(scene(1923, 480), "JPEG"), SPEC).shape == (240, 960, 3)


def test_without_a_model_any_shape_is_shown() -> None:
    assert read(encode(scene(1300, 30))).rgb.shape == (30, 1300, 3)


def test_more_bytes_than_the_limit() -> None:
    data = encode(scene())
    error = refusal(data, limits=Limits(max_bytes=len(data) - 1))
    assert error.reason == "too_large"
    assert str(len(data)) in error.detail
    assert read(data, SPEC, Limits(max_bytes=len(data))).width == WIDTH


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_picture_that_ends_early(kind: str, share: float, recwarn: pytest.WarningsRecorder) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 160, 3), dtype=np.uint8))
    data = encode(noise, kind)
    assert refusal(data[: int(len(data) * share)]).reason in ("truncated", "not_a_picture")


def test_a_flipped_bit_in_a_png() -> None:
    data = bytearray(encode(scene()))
    data[len(data) // 2] ^= 0x10
    assert refusal(bytes(data)).reason == "truncated"


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_bomb_costs_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(
        Image.new("1", (20_000, 20_000)), kind, **({"compression": "group4"} if kind == "TIFF" else {})
    )
    # Pillow's own memory is not Python's: that nothing is decoded is seen by nobody asking it to.
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("it was decoded"))
    tracemalloc.start()
    error = refusal(data, limits=Limits(max_bytes=10**9))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.reason == "too_many_pixels"
    assert "20000x20000" in error.detail
    assert peak < len(data) + 2_000_000


def test_a_header_that_lies_about_a_bomb() -> None:
    assert refusal(png(2**31 - 1, 2**31 - 1, 2, 8, zlib.compress(b"\0" * 100))).reason == "too_many_pixels"
    # And one that promises less than there is: only what was promised is decoded.
    rows = zlib.compress((b"\x00" + b"\x7f" * 3 * 64) * 64 + b"\0" * 50_000_000)
    tracemalloc.start()
    assert read(png(64, 64, 2, 8, rows), SPEC).rgb.shape == (64, 64, 3)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_text_that_unpacks_to_a_bomb() -> None:
    body = b"Comment\0\0" + zlib.compress(b"x" * 200_000_000)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    data = encode(scene())
    assert refusal(data[:33] + chunk + data[33:]).reason in ("truncated", "not_a_picture")


def test_floating_point_pixels_are_not_read() -> None:
    data = encode(Image.fromarray(np.zeros((HEIGHT, WIDTH), np.float32)), "TIFF")
    assert refusal(data).reason == "unsupported"


def test_lack_of_memory_is_not_the_pictures_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "draft", full)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", full)
    with pytest.raises(MemoryError):
        read(encode(scene()), SPEC)


SAMPLES = [
    encode(scene(40, 32), "JPEG"),
    encode(scene(40, 32).convert("CMYK"), "JPEG"),
    encode(scene(40, 32), "JPEG", progressive=True),
    encode(scene(40, 32), "PNG"),
    encode(scene(40, 32).convert("P"), "PNG", transparency=3),
    encode(scene(40, 32).convert("RGBA"), "TIFF", compression="tiff_lzw"),
    encode(scene(40, 32), "TIFF"),
    encode(scene(40, 32), "BMP"),
    encode(scene(40, 32), "WEBP"),
    encode(scene(40, 32), "WEBP", save_all=True, append_images=[scene(40, 32)]),
]


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
    st.sampled_from([1.0, 1.0, 0.5, 0.1]),
)
def test_garbage_raises_nothing_but_picture_errors(
    sample: bytes, changes: list[tuple[float, int]], tail: float, head_only: float
) -> None:
    data = bytearray(sample)
    for place, value in changes:
        data[int(place * head_only * len(data))] = value
    data = data[: len(data) if tail > 0.5 else int(tail * 2 * len(data))]
    limits = Limits(max_pixels=1_000_000)
    try:
        picture = read(bytes(data), SPEC, limits)
    except PictureError as error:
        assert error.reason in REASONS
    else:
        assert picture.rgb.dtype == np.uint8
        assert picture.rgb.ndim == 3
        assert picture.width * picture.height <= limits.max_pixels


def test_thumbnail_is_a_jpeg_of_the_same_size() -> None:
    small = thumbnail(np.asarray(scene()))
    assert small.startswith(b"\xff\xd8")
    assert read(small).rgb.shape == (HEIGHT, WIDTH, 3)


# --- windows ------------------------------------------------------------------------------------------------


def test_learning_refuses_what_is_judged_in_windows() -> None:
    with pytest.raises(PictureError, match="windows of 480"):
        fit(np.asarray(scene(1280, 960)), InputSpec(window=480))


def test_a_picture_in_windows_is_refused_where_one_piece_is_looked_at() -> None:
    large = np.asarray(scene(1280, 960))
    with pytest.raises(
        PictureError, match=r"1280x960 is judged in windows of 480 pixels.*product teach"
    ) as caught:
        fit(large, InputSpec(window=480))
    assert caught.value.reason == "too_many_pixels"
    assert fit(large, SPEC).shape == (240, 320, 3)
