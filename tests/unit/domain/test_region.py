"""A region says the same of a picture of any size."""

import pytest

from marbleline.domain.region import (
    WHOLE,
    masks_of,
    masks_text,
    outline_of,
    region_of,
    shape_text,
)


@pytest.mark.parametrize(
    "text",
    [
        "0.5,0.5",
        "0,0 2,1",
        "0,0 nan,1",
        "a,b c,d",
        "0,0,0 1,1,1",
        "0.2,0.2 0.25,0.9",
        "0,0 1,0 0.5,0",
        " ".join(["0,0", "1,1"] * 26),
    ],
)
def test_what_is_no_outline_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two opposite corners"):
        outline_of(text)


def test_what_is_no_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="up to 50 shapes"):
        masks_of("0.1,0.1 0.2,0.2; 0.3,0.3")


def test_texts_are_read_and_written() -> None:
    assert outline_of(" ") == ()
    assert shape_text(outline_of("0.1,0.05  0.9,1")) == "0.1,0.05 0.9,1"
    assert masks_text(masks_of("0,0 0.1,0.1;0.5,0.5 0.6,0.5 0.6,0.6;")) == (
        "0,0 0.1,0.1; 0.5,0.5 0.6,0.5 0.6,0.6"
    )


def test_corners_may_be_given_in_any_order() -> None:
    assert region_of("0.9,1 0.1,0.05", None).box == (0.1, 0.05, 0.9, 1.0)


def test_a_rectangle_in_pixels() -> None:
    region = region_of("0.25,0.5 0.75,1", None)
    assert region.pixel_box(400, 200) == (100, 100, 300, 200)
    assert WHOLE.pixel_box(401, 199) == (0, 0, 401, 199)
