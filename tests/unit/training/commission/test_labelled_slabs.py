"""Labelled pictures, some of them in windows."""

import numpy as np
import pytest

from marbleline.domain.product_features import CHANNELS
from marbleline.domain.product_heads import DESCRIPTION, DIRECTIONS, HeadInput
from marbleline.training.commission.labelled_slabs import LabelledSlabs


def one(number: int) -> HeadInput:
    return HeadInput(
        np.full((4, DIRECTIONS), number, np.float32),
        np.zeros(DESCRIPTION, np.float32),
        np.zeros(3, np.float32),
    )


def numbers(inputs: list[HeadInput]) -> list[int]:
    return [int(one.patches[0, 0]) for one in inputs]


@pytest.fixture
def labelled() -> LabelledSlabs:
    """A picture in one piece, one of three windows and one of two; two further views of each window."""
    return LabelledSlabs(
        np.zeros((CHANNELS, DIRECTIONS), np.float32),
        [one(0), one(10), one(20)],
        np.array([False, True, False]),
        np.array(["a", "b", "c"]),
        np.array(["good", "crack", "good"]),
        [
            [one(100), one(200)],
            [one(110), one(111), one(112), one(210), one(211), one(212)],
            [one(120), one(121), one(220), one(221)],
        ],
        [[], [one(11), one(12)], [one(21)]],
        [[], [1, 2], []],
    )


def test_windows_belong_to_their_picture(labelled: LabelledSlabs) -> None:
    assert [numbers(windows) for windows in labelled.windows] == [[0], [10, 11, 12], [20, 21]]
    assert numbers(labelled.all_windows) == [0, 10, 11, 12, 20, 21]
    assert labelled.pictures.tolist() == [0, 1, 1, 1, 2, 2]


def test_the_highest_window_of_each_picture(labelled: LabelledSlabs) -> None:
    assert labelled.highest(np.array([-5.0, 1.0, 3.0, 2.0, 9.0, 9.0])).tolist() == [0, 2, 4]


def test_a_window_that_is_learnt_brings_its_own_further_views(labelled: LabelledSlabs) -> None:
    found = labelled.all_views([[0], [2], [0, 1]])
    assert [numbers(views) for views in found] == [
        [0, 100, 200],
        [12, 112, 212],
        [20, 21, 120, 220, 121, 221],
    ]
    assert [len(views) for views in labelled.all_views()] == [3, 9, 6]


def test_a_choice_of_pictures_keeps_their_windows_and_marks(labelled: LabelledSlabs) -> None:
    some = labelled.where(np.array([2, 1]))
    assert [numbers(windows) for windows in some.windows] == [[20, 21], [10, 11, 12]]
    assert list(some.marked) == [[], [1, 2]]
    assert numbers(some.all_views([[1], [0]])[0]) == [21, 121, 221]
