"""Which windows heads learn from."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.product_features import CHANNELS
from marbleline.domain.product_heads import DESCRIPTION, DIRECTIONS, HeadInput
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.learnt_windows import MOST_GOOD, learnt_windows, marked_windows

WINDOWS = 30
GOOD = 40
SEEN = HeadInput(
    np.zeros((1, DIRECTIONS), np.float32), np.zeros(DESCRIPTION, np.float32), np.zeros(3, np.float32)
)


@pytest.fixture
def labelled() -> LabelledSlabs:
    """Forty good pictures and two faulty ones, each of thirty windows."""
    count = GOOD + 2
    return LabelledSlabs(
        np.zeros((CHANNELS, DIRECTIONS), np.float32),
        [SEEN] * count,
        np.arange(count) >= GOOD,
        np.arange(count).astype(str),
        np.where(np.arange(count) >= GOOD, "crack", "good"),
        further_windows=[[SEEN] * (WINDOWS - 1)] * count,
    )


def test_of_a_faulty_picture_the_most_faulty_window_is_learnt(labelled: LabelledSlabs) -> None:
    scores = np.zeros((GOOD + 2, WINDOWS))
    scores[GOOD, 17] = scores[GOOD + 1, 3] = scores[GOOD + 1, 29] = 1.0
    scores[GOOD + 1, 29] = 2.0
    assert learnt_windows(labelled, scores.ravel(), 1)[GOOD:] == [[17], [29]]


def test_a_mark_says_which_window_of_a_faulty_picture_may_be_the_one(labelled: LabelledSlabs) -> None:
    scores = np.tile(np.arange(WINDOWS, dtype=float), GOOD + 2)
    marked = replace(labelled, marked=[[]] * GOOD + [[4, 9, 2], []])
    assert learnt_windows(marked, scores, 1)[GOOD:] == [[9], [WINDOWS - 1]]


def test_good_pictures_give_some_of_their_windows_and_the_same_ones_each_time(
    labelled: LabelledSlabs,
) -> None:
    scores = np.zeros((GOOD + 2) * WINDOWS)
    good = learnt_windows(labelled, scores, 1)[:GOOD]
    assert {len(set(one)) for one in good} == {MOST_GOOD // GOOD}
    assert len({tuple(one) for one in good}) > GOOD / 2, "not the same part of every picture"
    assert learnt_windows(labelled, scores, 1)[:GOOD] == good
    assert learnt_windows(labelled, scores, 2)[:GOOD] != good


def test_a_picture_in_one_piece_is_learnt_whole(labelled: LabelledSlabs) -> None:
    whole = replace(labelled, further_windows=())
    assert learnt_windows(whole, np.zeros(GOOD + 2), 1) == [[0]] * (GOOD + 2)


@pytest.mark.parametrize(
    ("mark", "windows"),
    [
        ((0.0, 0.0, 0.01, 0.01), [0]),
        ((0.99, 0.99, 1.0, 1.0), [3]),
        ((0.1, 0.1, 0.9, 0.2), [0, 1]),
        ((0.0, 0.0, 1.0, 1.0), [0, 1, 2, 3]),
    ],
)
def test_the_windows_that_show_a_mark(mark: tuple[float, float, float, float], windows: list[int]) -> None:
    """960x720 pixels in a window of 480 are an input of 480x368, in two rows of two windows."""
    buffer = io.BytesIO()
    Image.new("RGB", (960, 720)).save(buffer, format="PNG")
    assert marked_windows(buffer.getvalue(), InputSpec(window=480), mark) == windows
