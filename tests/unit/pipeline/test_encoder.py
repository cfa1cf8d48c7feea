"""The encoder's work."""

import io

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from marbleline.domain.encoded import Encoded
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, Picture, model_input
from marbleline.domain.region import Region
from marbleline.pipeline.encoder import encoded_alone, encoding_handler
from marbleline.pipeline.handling import DeadLetterReason, HandlerResult
from marbleline.ports.message import Delivery, Message
from marbleline.sandbox.decoder import prepare_here
from tests.builders import FakeClock, frame_message, make_frame, make_picture
from tests.hostile_pictures import scanned_jpeg

CLOCK = FakeClock()
ENCODE = encoding_handler(lambda product: InputSpec(), Limits(max_pixels=1_000_000), CLOCK)


def encode(body: bytes, message: Message | None = None) -> HandlerResult:
    message = message or frame_message(make_frame(content=body), body)
    return ENCODE([Delivery("frames", 1, 1, message)])[0]


def png(mode: str, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, format="PNG")
    return buffer.getvalue()


def test_the_message_holds_the_model_input_that_training_makes() -> None:
    body = make_picture(3, 640, 480)
    outcome = encode(body)
    assert isinstance(outcome, list)
    [message] = outcome
    made = Encoded.from_message(message.headers, message.body)
    assert np.array_equal(made.image, model_input(body, InputSpec()))
    assert made.image.shape == (240, 320, 3)
    assert (made.width, made.height, made.media_type) == (640, 480, "image/jpeg")
    assert (message.message_id, message.key) == (made.frame.frame_id, "encoded.line-1.camera-1")


def test_the_thumbnail_is_a_jpeg_of_the_input() -> None:
    [message] = encode(make_picture(3, 640, 480))  # type: ignore[misc]
    thumbnail = Encoded.from_message(message.headers, message.body).thumbnail
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert (image.format, image.size) == ("JPEG", (320, 240))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"not a picture at all", "not_a_picture"),
        (make_picture(1, 640, 480)[:4000], "truncated"),
        (png("L", (2000, 2000)), "too_many_pixels"),
        (png("L", (1, 1)), "too_small"),
    ],
)
def test_a_picture_that_can_not_be_judged_is_dead_lettered_with_its_reason(body: bytes, reason: str) -> None:
    outcome = encode(body)
    assert isinstance(outcome, DeadLetterReason)
    assert outcome.reason == reason
    assert outcome.detail


def test_bytes_other_than_those_captured_are_dead_lettered() -> None:
    frame = make_frame(content=make_picture(1))
    outcome = encode(b"", frame_message(frame, make_picture(2)))
    assert isinstance(outcome, DeadLetterReason)
    assert outcome.reason == "corrupt"


def test_a_message_that_is_no_frame_is_dead_lettered() -> None:
    outcome = encode(b"", Message("x", "frame.a.b", {"schema_version": "2.0"}, b""))
    assert outcome == DeadLetterReason("bad_message", "field 'frame_id' is missing")


@pytest.mark.parametrize(("count", "isolated"), [(1, False), (2, False), (3, True)])
def test_what_may_have_ended_two_workers_is_decoded_isolated(count: int, isolated: bool) -> None:
    asked: list[bool] = []

    def decode(
        data: bytes,
        spec: InputSpec,
        limits: Limits,
        *,
        isolated: bool = False,
        region: Region | None = None,
    ) -> Picture:
        asked.append(isolated)
        return prepare_here(data, spec, limits)

    body = make_picture(3)
    delivery = Delivery("frames", 1, count, frame_message(make_frame(content=body), body))
    encoding_handler(lambda product: InputSpec(), Limits(), CLOCK, decode)([delivery])
    assert asked == [isolated]


@pytest.mark.parametrize(
    ("body", "count", "alone"),
    [(make_picture(3), 1, False), (make_picture(3), 2, True), (scanned_jpeg(50, 64), 1, True)],
    ids=["plain", "suspect", "slow"],
)
def test_suspects_and_slow_pictures_wait_for_the_others(body: bytes, count: int, alone: bool) -> None:
    delivery = Delivery("frames", 1, count, frame_message(make_frame(content=body), body))
    assert encoded_alone(InputSpec(), Limits())(delivery) is alone


def with_region(body: bytes, region: str | None, masks: str | None = None) -> HandlerResult:
    frame = replace(make_frame(content=body), region=region, masks=masks)
    return encode(body, frame_message(frame, body))


def test_a_region_is_what_the_model_sees_and_the_thumbnail_shows_the_whole() -> None:
    body = make_picture(3, 640, 480)
    [message] = with_region(body, "0.5,0.25 1,0.75")  # type: ignore[misc]
    made = Encoded.from_message(message.headers, message.body)
    assert made.image.shape == (240, 320, 3)
    part = Image.open(io.BytesIO(body)).convert("RGB").crop((320, 120, 640, 360))
    assert np.array_equal(made.image, np.asarray(part))
    with Image.open(io.BytesIO(made.thumbnail)) as image:
        assert image.size == (320, 240)
        whole = np.asarray(image).astype(int)
    wanted = model_input(body, InputSpec()).astype(int)
    assert np.abs(whole - wanted).mean() < 12
    assert (made.width, made.height, made.frame.region) == (640, 480, "0.5,0.25 1,0.75")


def test_what_is_masked_does_not_count_for_the_quality() -> None:
    buffer = io.BytesIO()
    pixels = np.full((240, 320, 3), 100, np.uint8)
    pixels[:, 160:] = 255
    Image.fromarray(pixels).save(buffer, "PNG")
    [message] = with_region(buffer.getvalue(), None, "0.5,0 1,1")  # type: ignore[misc]
    quality = Encoded.from_message(message.headers, message.body).quality
    assert (quality.brightness, quality.contrast) == (100, 0)


def test_a_region_that_is_none_is_dead_lettered() -> None:
    outcome = with_region(make_picture(1), "0.5,0.5 7,7")
    assert isinstance(outcome, DeadLetterReason)
    assert (outcome.reason, "two opposite corners" in outcome.detail) == ("bad_message", True)


def test_a_part_that_is_too_small_is_dead_lettered() -> None:
    outcome = with_region(make_picture(1, 100, 100), "0,0 0.1,0.1")
    assert isinstance(outcome, DeadLetterReason)
    assert outcome.reason == "too_small"


LARGE = InputSpec(window=480)


def test_a_large_picture_keeps_its_details_and_its_message_is_bounded() -> None:
    body = make_picture(3, 2560, 1920)
    handler = encoding_handler(lambda product: LARGE, Limits(), CLOCK)
    [outcome] = handler([Delivery("frames", 1, 1, frame_message(make_frame(content=body), body))])
    [message] = outcome  # type: ignore[misc]
    made = Encoded.from_message(message.headers, message.body)
    assert made.image.shape == (960, 1280, 3)
    with Image.open(io.BytesIO(made.thumbnail)) as image:
        assert image.size == (320, 240), "the whole picture, for a screen"


def test_a_picture_whose_input_would_not_fit_into_a_message_is_refused() -> None:
    buffer = io.BytesIO()
    Image.new("L", (6000, 4500)).save(buffer, format="PNG")
    body = buffer.getvalue()
    handler = encoding_handler(lambda product: LARGE, Limits(), CLOCK)
    [outcome] = handler([Delivery("frames", 1, 1, frame_message(make_frame(content=body), body))])
    assert isinstance(outcome, DeadLetterReason)
    assert outcome.reason == "too_many_pixels"
    assert "larger window" in outcome.detail
