"""The gate sends to a person what a failed lamp or a covered lens makes, and no calm stone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.encoded import Encoded
from marbleline.domain.picture import Pixels
from marbleline.domain.quality import Quality, QualityGate, measure, quality_issues
from tests.builders import make_encoded, make_pixels


def calm_stone() -> Pixels:
    """A smooth white slab: a slow gradient and the camera's last bit of noise."""
    noise = np.random.default_rng(0).integers(0, 2, (240, 320, 1))
    slope = np.linspace(200, 204, 320)[None, :, None]
    return np.broadcast_to(slope + noise, (240, 320, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("rgb", "named"),
    [
        (np.zeros((240, 320, 3), np.uint8), ("dark", "flat", "blurred")),
        (np.full((240, 320, 3), 255, np.uint8), ("bright", "flat", "blurred")),
        ((make_pixels(width=320, height=240) // 16), ("dark",)),
        (np.full((240, 320, 3), 128, np.uint8), ("flat", "blurred")),
        (make_pixels(width=320, height=240), ()),
        (calm_stone(), ()),
    ],
    ids=["lamp off", "glare", "dim", "covered", "busy stone", "calm stone"],
)
def test_what_the_gate_says(rgb: Pixels, named: tuple[str, ...]) -> None:
    assert quality_issues(measure(rgb), QualityGate()) == named


@given(st.floats(0, 255), st.floats(0, 128), st.floats(0, 1e6))
def test_headers_keep_hundredths(brightness: float, contrast: float, sharpness: float) -> None:
    quality = Quality(round(brightness, 2), round(contrast, 2), round(sharpness, 2))
    encoded = replace(make_encoded(), quality=quality)
    assert Encoded.from_message(encoded.to_headers(), encoded.to_body()).quality == quality
