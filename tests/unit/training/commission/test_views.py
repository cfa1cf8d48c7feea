"""Further views of a picture: what they look like, and of how many answers they are taken."""

import numpy as np
import pytest

from marbleline.training.commission.views import FURTHER, PictureView, further_views, view_of

IMAGE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize("view", list(PictureView))
def test_a_view_keeps_size_and_pixels(view: PictureView) -> None:
    found = view_of(IMAGE, view)
    assert found.shape == IMAGE.shape
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(np.sort(found.ravel()), np.sort(IMAGE.ravel()))


def test_each_view_is_another_one() -> None:
    assert len({view_of(IMAGE, view).tobytes() for view in PictureView}) == len(PictureView)


def test_where_a_corner_goes() -> None:
    corners = {view: view_of(IMAGE, view)[0, 0, 0] for view in PictureView}
    assert corners == {
        PictureView.PLAIN: 0,
        PictureView.MIRRORED: 6,
        PictureView.FLIPPED: 9,
        PictureView.TURNED: 15,
    }


@pytest.mark.parametrize(("pictures", "count"), [(5, 3), (200, 3), (201, 2), (300, 2), (600, 1), (601, 0)])
def test_many_answers_need_fewer_views(pictures: int, count: int) -> None:
    assert further_views(pictures) == FURTHER[:count]
