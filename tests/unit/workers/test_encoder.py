"""The encoder's work."""

import io

import numpy as np
import pytest
from PIL import Image

from marbleline.domain.encoded import Encoded
from marbleline.domain.picture import InputSpec, Limits, model_input
from marbleline.ports.broker import Delivery, Message
from marbleline.workers.encoder import encoding
from marbleline.workers.loop import Dead, Outcome
from tests.builders import FakeClock, frame_message, make_frame, make_picture

CLOCK = FakeClock()
ENCODE = encoding(InputSpec(), Limits(max_pixels=1_000_000), CLOCK)


def encode(body: bytes, message: Message | None = None) -> Outcome:
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
def test_a_picture_that_can_not_be_judged_is_put_away_with_its_reason(body: bytes, reason: str) -> None:
    outcome = encode(body)
    assert isinstance(outcome, Dead)
    assert outcome.reason == reason
    assert outcome.detail


def test_bytes_other_than_those_captured_are_put_away() -> None:
    frame = make_frame(content=make_picture(1))
    outcome = encode(b"", frame_message(frame, make_picture(2)))
    assert isinstance(outcome, Dead)
    assert outcome.reason == "corrupt"


def test_a_message_that_is_no_frame_is_put_away() -> None:
    outcome = encode(b"", Message("x", "frame.a.b", {"schema_version": "1.0"}, b""))
    assert outcome == Dead("bad_message", "field 'frame_id' is missing")
