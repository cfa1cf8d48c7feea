"""What a live camera's thread keeps for the one that takes."""

import pytest

from marbleline.adapters.sources.newest_images import KEPT, NewestImages
from marbleline.errors import SourceUnavailable


def test_the_newest_are_kept_and_the_others_counted() -> None:
    images: NewestImages[int] = NewestImages()
    for number in range(KEPT + 3):
        images.keep(number, number)
    assert images.dropped == 3
    assert [images.next(0.0) for _ in range(KEPT)] == [(number, number) for number in range(3, KEPT + 3)]
    assert images.next(0.0) is None


def test_what_was_kept_is_given_before_the_camera_is_called_away() -> None:
    images: NewestImages[int] = NewestImages()
    images.keep(1, 1)
    assert images.lost("gone")
    assert not images.lost("still gone")
    assert images.next(0.0) == (1, 1)
    with pytest.raises(SourceUnavailable, match="still gone"):
        images.next(0.0)


def test_a_camera_is_there_again_with_its_connection_or_its_image() -> None:
    images: NewestImages[int] = NewestImages()
    assert not images.connected()
    images.lost("gone")
    assert images.connected()
    images.lost("gone")
    images.keep(1, 1)
    assert not images.away
