"""Pictures of normal patches as one file of a version."""

import pytest

from marbleline.domain.normal_pictures import MOST_BYTES, picture_of, to_bytes
from marbleline.errors import ModelError

PICTURES = [b"first", b"", b"the third"]


def test_each_picture_is_found_by_its_number() -> None:
    content = to_bytes(PICTURES)
    assert [picture_of(content, number, "here") for number in range(3)] == [b"first", None, b"the third"]


@pytest.mark.parametrize("number", [-1, 3, 2**20])
def test_a_number_that_is_none_has_no_picture(number: int) -> None:
    assert picture_of(to_bytes(PICTURES), number, "here") is None
    assert picture_of(to_bytes([]), number, "here") is None


def test_they_are_bounded_together() -> None:
    assert picture_of(to_bytes([bytes(MOST_BYTES)]), 0, "here") == bytes(MOST_BYTES)
    with pytest.raises(ModelError, match="the limit is 1048576"):
        to_bytes([bytes(MOST_BYTES), b"x"])


@pytest.mark.parametrize("content", [b"", b"nonsense", to_bytes(PICTURES)[:100]])
def test_a_damaged_file_is_named(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"1/normal_patches\.npz: holds no pictures"):
        picture_of(content, 0, "1/normal_patches.npz")
