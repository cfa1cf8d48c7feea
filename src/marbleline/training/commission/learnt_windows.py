"""Which windows of a picture heads learn from: of a good picture any, of a faulty one the most faulty one.

An answer is about the whole picture, and nobody says which window shows the defect. This is multiple-instance
learning: all windows of a good picture are good, one at least of a faulty one is faulty, and that is taken to
be the one with the highest score, as in MI-SVM (Andrews, Tsochantaridis and Hofmann 2003, "Support vector
machines for multiple-instance learning"). Other windows of a faulty picture teach nothing.
"""

from typing import Final

import numpy as np

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Floats
from marbleline.domain.picture import upright_size
from marbleline.domain.windows import windows_of
from marbleline.training.arrays import Values
from marbleline.training.commission.answers import Mark
from marbleline.training.commission.labelled_slabs import LabelledSlabs

MOST_GOOD: Final = 600
"""Windows of good pictures together that heads learn from, but one of each picture at least."""


def learnt_windows(labelled: LabelledSlabs, scores: Values | Floats, seed: int) -> list[list[int]]:
    """The numbers of the windows of each picture to learn from.

    ``scores``  [windows] of all windows, higher where one looks more faulty. Where a defect was marked, only
    marked windows are considered. The windows of good pictures are drawn once, by ``seed``.
    """
    each = max(1, MOST_GOOD // max(1, int((~labelled.faulty).sum())))
    rng = np.random.default_rng(seed)
    found = []
    start = 0
    for number, windows in enumerate(labelled.windows):
        own = scores[start : start + len(windows)]
        start += len(windows)
        if labelled.faulty[number]:
            among = list(labelled.marked[number] if labelled.marked else ()) or range(len(windows))
            found.append([max(among, key=lambda one, own=own: own[one])])
        else:
            found.append(sorted(rng.permutation(len(windows))[:each].tolist()))
    return found


def marked_windows(content: bytes, spec: InputSpec, mark: Mark) -> list[int]:
    """The numbers of the windows of a large picture, given as its file's bytes, that show part of the mark.

    Where they lie follows from the picture's size: nothing is decoded. Raises PictureError.
    """
    width, height = spec.size_for(*upright_size(content))
    left, top, right, bottom = mark[0] * width, mark[1] * height, mark[2] * width, mark[3] * height
    return [
        number
        for number, one in enumerate(windows_of((height, width), spec))
        if one.left < right and left < one.left + one.width
        if one.top < bottom and top < one.top + one.height
    ]
