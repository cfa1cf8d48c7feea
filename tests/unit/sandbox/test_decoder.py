"""Pictures made to hurt are refused by their headers; one that lies hurts a child and not the worker."""

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, fit, model_input, read
from marbleline.domain.picture_cost import Budget
from marbleline.domain.region import region_of
from marbleline.errors import PictureError
from marbleline.sandbox.decoder import PictureDecoder, is_cheap
from tests.builders import make_picture, wait_until
from tests.hostile_pictures import animated_png, chunked_png, scanned_jpeg, wide_png

pytestmark = pytest.mark.slow

SPEC, LIMITS = InputSpec(), Limits()


@pytest.fixture
def decoder() -> Iterator[PictureDecoder]:
    decoder = PictureDecoder()
    yield decoder
    decoder.close()


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (400, 300), **options: Any) -> bytes:
    buffer = io.BytesIO()
    noise = Image.effect_noise((100, 100), 40).convert(mode)
    noise.resize(size).save(buffer, kind, **options)
    return buffer.getvalue()


def children() -> list[psutil.Process]:
    return psutil.Process().children()


@pytest.mark.parametrize(
    ("make", "figures"),
    [
        (wide_png, ["7070x7070", "449864100 bytes", "268435456"]),
        (scanned_jpeg, ["20006 scans", "100"]),
        (chunked_png, ["chunks", "20000"]),
        (animated_png, ["300 frames", "256"]),
    ],
    ids=["memory", "scans", "chunks", "frames"],
)
@pytest.mark.parametrize("way", ["here", "decoder"])
def test_what_its_header_gives_away_is_refused_undecoded(
    decoder: PictureDecoder, make: Callable[[], bytes], figures: list[str], way: str
) -> None:
    data = make()
    before = psutil.Process().memory_info().rss
    with pytest.raises(PictureError) as caught:
        model_input(data, SPEC) if way == "here" else decoder.prepare(data, SPEC, LIMITS)
    assert caught.value.reason == "too_expensive"
    assert all(one in caught.value.detail for one in figures), caught.value.detail
    assert psutil.Process().memory_info().rss - before < 100e6


@pytest.mark.parametrize(
    ("make", "cheap"),
    [
        (lambda: picture("JPEG"), True),
        (lambda: picture("JPEG", "L"), True),
        (lambda: picture("JPEG", "CMYK"), True),
        (lambda: picture("PNG"), True),
        (lambda: picture("PNG", "P"), True),
        (lambda: picture("BMP"), True),
        (lambda: picture("JPEG", size=(8000, 6000)), True),
        (lambda: b"no picture at all", True),
        (lambda: b"", True),
        (lambda: wide_png(100, claimed=20_000), True),
        (lambda: picture("JPEG", progressive=True), False),
        (lambda: picture("PNG", size=(5000, 4000)), False),
        (lambda: picture("TIFF"), False),
        (lambda: picture("WEBP"), False),
        (lambda: picture("JPEG")[:200], False),
    ],
)
def test_a_child_is_asked_only_about_what_could_hurt(
    decoder: PictureDecoder, make: Callable[[], bytes], cheap: bool
) -> None:
    data = make()
    assert is_cheap(data, SPEC, LIMITS) is cheap
    before = len(children())
    with contextlib.suppress(PictureError):
        decoder.prepare(data, SPEC, LIMITS)
    assert (len(children()) == before) is cheap


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
def test_a_child_makes_the_same_of_a_picture(decoder: PictureDecoder, kind: str) -> None:
    data = picture(kind, size=(700, 500))
    expected = read(data, SPEC)
    made = decoder.prepare(data, SPEC, LIMITS, isolated=True)
    assert np.array_equal(made.rgb, fit(expected.rgb, SPEC))
    assert (made.width, made.height, made.media_type) == (700, 500, f"image/{kind.lower()}")
    assert decoder.shrunk(picture("TIFF", size=(900, 300)), SPEC, 90, LIMITS).rgb.shape == (30, 90, 3)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "empty"), (make_picture(1, 640, 480)[:4000], "truncated")]
)
def test_a_child_refuses_for_the_same_reasons(decoder: PictureDecoder, data: bytes, reason: str) -> None:
    with pytest.raises(PictureError) as caught:
        decoder.prepare(data, SPEC, LIMITS, isolated=True)
    assert caught.value.reason == reason


def test_what_takes_too_much_cpu_is_ended_and_the_next_one_is_decoded(decoder: PictureDecoder) -> None:
    # Its header is within a budget that allows everything, so only the kernel's limit is left to stop it.
    budget = Budget(scans=10**6, scanned_pixels=10**15, cpu_s=1, deadline_s=120)
    data = scanned_jpeg(100_000, 2_048)
    with pytest.raises(PictureError) as caught:
        decoder.prepare(data, SPEC, replace(LIMITS, budget=budget))
    assert (caught.value.reason, caught.value.detail) == (
        "too_expensive",
        "decoding it takes more than 1 s of CPU",
    )
    assert decoder.prepare(picture("TIFF"), SPEC, LIMITS).width == 400


_LIAR = """
import sys
from marbleline.sandbox.child import serve, limit_memory
def answer(header, body):
    limit_memory(50_000_000)
    try:
        held = bytearray(400_000_000)
    except MemoryError:
        return {"refused": ["too_expensive", "as it has to be"]}, b""
    return {"refused": ["truncated", "it got its memory"]}, b""
serve(answer)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux limits address space")
def test_a_child_gets_no_more_memory_than_its_limit() -> None:
    decoder = PictureDecoder(("-c", _LIAR))
    with pytest.raises(PictureError) as caught:
        decoder.prepare(b"", SPEC, LIMITS, isolated=True)
    decoder.close()
    assert caught.value.reason == "too_expensive"


_CRASHING = """
import os, signal
from marbleline.sandbox.child import serve
from marbleline.sandbox.decode_child import decode
def answer(header, body):
    if body.startswith(b"poison"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if body.startswith(b"slow"):
        signal.pause()
    return decode(header, body)
serve(answer)
"""


@pytest.mark.parametrize(
    ("data", "deadline_s", "reason"),
    [(b"poison", 60.0, "crashed_worker"), (b"slow", 0.5, "too_expensive")],
)
def test_a_child_that_dies_or_hangs_is_replaced_and_leaves_nothing_behind(
    data: bytes, deadline_s: float, reason: str
) -> None:
    decoder = PictureDecoder(("-c", _CRASHING))
    limits = replace(LIMITS, budget=Budget(deadline_s=deadline_s))
    decoder.prepare(picture("TIFF"), SPEC, LIMITS)
    open_before, children_before = psutil.Process().num_fds(), len(children())
    with pytest.raises(PictureError) as caught:
        decoder.prepare(data, SPEC, limits, isolated=True)
    assert caught.value.reason == reason
    assert decoder.prepare(picture("TIFF"), SPEC, LIMITS).width == 400
    assert (psutil.Process().num_fds(), len(children())) == (open_before, children_before)
    decoder.close()
    assert (psutil.Process().num_fds(), len(children())) == (open_before - 1, children_before - 1)


def test_a_child_killed_by_somebody_costs_no_picture(decoder: PictureDecoder) -> None:
    data = picture("TIFF")
    decoder.prepare(data, SPEC, LIMITS)
    for child in children():
        os.kill(child.pid, signal.SIGKILL)
    assert decoder.prepare(data, SPEC, LIMITS).width == 400


_PARENT = """
import io, sys
import psutil
from PIL import Image
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits
from marbleline.sandbox.decoder import PictureDecoder
file = io.BytesIO()
Image.new("L", (64, 64)).save(file, "TIFF")
decoder = PictureDecoder()
decoder.prepare(file.getvalue(), InputSpec(), Limits())
print(psutil.Process().children()[0].pid, flush=True)
sys.stdin.read()
"""


def test_a_child_ends_with_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_until(
        lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 60, what="the child's end"
    )


def test_a_child_makes_the_same_of_a_region(decoder: PictureDecoder) -> None:
    data, region = picture("JPEG", size=(640, 480)), region_of("0.5,0 1,0.6", "0.5,0 0.6,0.1")
    here = decoder.prepare(data, SPEC, LIMITS, region=region)
    apart = decoder.prepare(data, SPEC, LIMITS, isolated=True, region=region)
    assert np.array_equal(apart.rgb, here.rgb)
    assert here.overview is not None
    assert apart.overview is not None
    assert np.array_equal(apart.overview, here.overview)
