"""The strangest patch: which normal one is nearest, where it lies in the picture, and its form as numbers."""

import numpy as np
import pytest

from marbleline.domain.region import Region
from marbleline.domain.strangest_patch import JudgedPatch, patch_in_picture, strangest_patch
from marbleline.errors import ModelError

PATCH = JudgedPatch(0.25, 0.5, 0.5, 1.0, 7, 2.5)


def test_the_nearest_normal_patch_is_named_with_its_distance() -> None:
    rng = np.random.default_rng(0)
    patches, bank = rng.normal(size=(12, 5)).astype(np.float32), rng.normal(size=(40, 5)).astype(np.float32)
    for place in range(12):
        found = strangest_patch(patches, bank, place, (3, 4))
        distances = np.linalg.norm(bank - patches[place], axis=1)
        assert found.normal == distances.argmin()
        assert found.distance == pytest.approx(distances.min(), rel=1e-5)
        row, column = divmod(place, 4)
        assert (found.left, found.top) == (column / 4, row / 3)
        assert (found.right, found.bottom) == ((column + 1) / 4, (row + 1) / 3)


def test_numbers_give_the_patch_back() -> None:
    assert JudgedPatch.from_floats(PATCH.to_floats(), "here") == PATCH


@pytest.mark.parametrize(
    "numbers",
    [
        (0.5, 0, 0.5, 1, 0, 1),
        (0, 0, 1.5, 1, 0, 1),
        (0, -0.1, 1, 1, 0, 1),
        (0, 0, 1, 1, -1, 1),
        (0, 0, 1, 1, 0, -1),
        (0, 0, 1, 1, np.nan, 1),
        (0, np.nan, 1, 1, 0, 1),
        (0, 0, 1, 1, 0, np.inf),
    ],
)
def test_what_is_no_patch_of_a_picture_is_refused(numbers: tuple[float, ...]) -> None:
    with pytest.raises(ModelError, match="here: strangest is no patch"):
        JudgedPatch.from_floats(np.array(numbers, np.float32), "here")


def test_it_lies_in_the_picture_where_the_region_shows_it() -> None:
    whole = patch_in_picture(PATCH)
    assert whole is not None
    assert (whole.left, whole.top, whole.width, whole.height, whole.normal) == (0.25, 0.5, 0.25, 0.5, 7)
    part = patch_in_picture(PATCH, Region(((0.2, 0.5), (0.6, 1.0))))
    assert part is not None
    assert (part.left, part.top, part.width, part.height) == pytest.approx((0.3, 0.75, 0.1, 0.25))
    assert patch_in_picture(None) is None
