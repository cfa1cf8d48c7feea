"""The decision rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.decision import Decision, decide
from marbleline.domain.model import Prediction, Thresholds
from marbleline.errors import ModelError

THRESHOLDS = Thresholds(good_upto=0.2, faulty_from=0.8, anomaly_upto=3.0)


def predicted(faulty: float, anomaly: float = 0.0, defect: int = 1) -> Prediction:
    scores = np.zeros(4, np.float32)
    scores[0], scores[defect] = 1 - faulty, faulty
    return Prediction(scores, anomaly, np.zeros((1, 1, 4), np.float32))


@pytest.mark.parametrize(
    ("faulty", "anomaly", "decision", "reasons"),
    [
        (0.0, 0.0, Decision.GOOD, ()),
        (0.19, 3.0, Decision.GOOD, ()),
        (0.19, 3.1, Decision.REVIEW, ("anomalous",)),
        (0.5, 0.0, Decision.REVIEW, ("unsure",)),
        (0.81, 9.0, Decision.FAULTY, ()),
        (1.0, 0.0, Decision.FAULTY, ()),
    ],
)
def test_thresholds_part_the_three_decisions(
    faulty: float, anomaly: float, decision: Decision, reasons: tuple[str, ...]
) -> None:
    judgement = decide(predicted(faulty, anomaly), THRESHOLDS)
    assert (judgement.decision, judgement.reasons) == (decision, reasons)


@pytest.mark.parametrize(("place", "name"), [(1, "crack"), (2, "dot"), (3, "joint")])
def test_the_defect_is_the_likeliest(place: int, name: str) -> None:
    assert decide(predicted(0.9, defect=place), THRESHOLDS).defect == name


def test_a_good_slab_has_no_defect() -> None:
    assert decide(predicted(0.0), THRESHOLDS).defect is None


@given(st.floats(0, 1))
def test_a_bad_picture_is_reviewed_whatever_the_model_says(faulty: float) -> None:
    judgement = decide(predicted(faulty), THRESHOLDS, ("dark", "flat"))
    assert (judgement.decision, judgement.reasons) == (Decision.REVIEW, ("dark", "flat"))


@pytest.mark.parametrize(
    "values",
    [
        (0.8, 0.2, 1),
        (-0.1, 0.5, 1),
        (0.1, 1.1, 1),
        (0.1, 0.5, -1),
        (float("nan"), 0.5, 1),
        (0.1, 0.5, float("nan")),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(ModelError, match="need"):
        Thresholds(*values)
