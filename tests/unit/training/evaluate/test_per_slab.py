"""Answers slab by slab."""

import numpy as np

from marbleline.domain.model import Thresholds
from marbleline.training.evaluate.per_slab import SlabRow, slab_rows
from marbleline.training.evaluate.scoring import Scores


def test_each_slab_has_its_row_and_an_unsure_picture_none() -> None:
    meanings = np.array(["good", "good", "faulty", "good", "unsure"])
    scores = Scores(
        probability=np.array([0.1, 0.9, 0.9, 0.5, 0.1]),
        anomaly=np.zeros(5),
        best=np.zeros(5, np.intp),
        labels=meanings,
        meanings=meanings,
        groups=np.array(["a", "a", "a", "b", "c"]),
        splits=np.array(["test"] * 5),
        hits=np.full(5, np.nan),
    )
    rows = list(slab_rows("tiles, test", scores, Thresholds(0.2, 0.8, 1.0)))
    assert rows == [
        SlabRow("tiles, test", "a", 2, 1, 0.0, 2 / 3),
        SlabRow("tiles, test", "b", 1, 0, 1.0, None),
    ]
