"""Where the strongest cell lies, and what an evaluation of the tiny model says."""

from pathlib import Path

import numpy as np
import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.model import Prediction
from marbleline.training.evaluate.evaluate import evaluate
from marbleline.training.evaluate.scoring import cells_on_mask, strikes
from tests.builders import make_picture
from tests.models.tiny_model import TINY


@pytest.mark.parametrize(("row", "hit"), [(10, True), (11, True), (13, False), (0, False)])
def test_a_strike_is_within_eight_pixels_of_the_mask(row: int, hit: bool) -> None:
    heat = np.zeros((30, 30, 4), np.float32)
    heat[..., 0] = 1
    heat[row, 15, 0] = 0
    mask = np.zeros((240, 240), bool)
    mask[80:90, 100:140] = True
    assert strikes(Prediction(np.array([0, 1, 0, 0], np.float32), 0.0, heat), mask) is hit


def test_cells_on_a_mask_are_those_within_eight_pixels_of_it() -> None:
    mask = np.zeros((100, 160), bool)
    mask[50, 88] = True
    found = cells_on_mask((10, 10), mask)  # cells of 10x16 pixels, with centres at y 45 and 55, x 72 and 88
    assert np.argwhere(found).tolist() == [[4, 5], [5, 5]]
    assert not cells_on_mask((10, 10), np.zeros((100, 160), bool)).any()


@pytest.mark.slow
def test_an_evaluation_measures_what_was_not_trained_on(tmp_path: Path) -> None:
    folder = tmp_path / "patches"
    folder.mkdir()
    lines = ["path,label,split,group,mask,sha256"]
    for number in range(12):
        (folder / f"{number}.jpg").write_bytes(make_picture(number, 128, 128))
        split = ("train", "test", "test")[number % 3]
        label = ("good", "crack")[number % 2]
        lines.append(f"{number}.jpg,{label},{split},g{number},,x")
    (folder / "index.csv").write_text("\n".join(lines))
    rows = list(evaluate(LiteRtClassifier(TINY / "1"), tmp_path, 8, lambda _: None))
    found = {(row.data, row.what): row for row in rows}
    area = found["patches, test", "AUROC, good against faulty"]
    assert (area.figure.count, area.goal) == (8, 0.99)
    assert area.met is (area.figure.value >= 0.99)
    assert found["synthetic", "macro recall of the four classes"].figure.count == 8
    assert not any("train" in data for data, _ in found)
