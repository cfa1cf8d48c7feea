"""A picture to learn from shows what the line judged of it, made by the same code."""

import io

import numpy as np
from msgspec.structs import replace
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import prepare
from marbleline.training.data.judged_part import judged_part
from tests.builders import make_frame, make_pixels, make_verdict

PIXELS = np.asarray(Image.fromarray(make_pixels(2)).resize((640, 480)))


def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    return buffer.getvalue()


def test_without_a_region_the_bytes_stay() -> None:
    assert judged_part(b"as captured", None) == b"as captured"
    assert judged_part(b"as captured", make_verdict()) == b"as captured"


def test_a_part_gives_the_input_that_was_judged() -> None:
    frame = replace(make_frame(), region="0.25,0.25 0.75,0.75", masks="0.25,0.25 0.4,0.75")
    content, spec = png(), InputSpec()
    learnt = prepare(judged_part(content, make_verdict(frame=frame)), spec)
    judged = prepare(content, spec, region=frame.judged_region())
    assert (learnt.width, learnt.height) == (320, 240)
    assert np.abs(learnt.rgb.astype(int) - judged.rgb.astype(int)).max() <= 2
