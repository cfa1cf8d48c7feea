"""Regions of defects out of a heat map: what is one, its score, where it lies, how many there are."""

import numpy as np
import numpy.typing as npt
import pytest

from marbleline.domain.cell_outline import MOST_CORNERS
from marbleline.domain.decision import Decision
from marbleline.domain.defect_regions import MOST_REGIONS, DefectRegion, find_regions

FAULTY, GOOD, REVIEW = Decision.FAULTY, Decision.GOOD, Decision.REVIEW


def heat(*rows: str) -> npt.NDArray[np.uint8]:
    """``#`` certainly faulty, ``+`` 0.6, ``-`` 0.2, anything else 0."""
    values = {"#": 255, "+": 153, "-": 51}
    return np.array([[values.get(cell, 0) for cell in row] for row in rows], np.uint8)


def found(*rows: str, decision: Decision = FAULTY, defect: str = "crack") -> tuple[DefectRegion, ...]:
    return find_regions(heat(*rows), decision, defect)


def test_a_region_is_a_polygon_in_shares_of_the_picture_with_its_score() -> None:
    (one,) = found("    ", " +  ", "    ", "    ")
    assert one.outline == ((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5))
    assert one.box == (0.25, 0.25, 0.25, 0.25)
    assert one.probability == pytest.approx(0.6)


def test_the_likeliest_comes_first_then_the_largest() -> None:
    regions = found("++   #", "++    ", "      ", "      ", "+    +", "+     ", defect="dot")
    assert [one.probability for one in regions] == pytest.approx([1, 0.6, 0.6, 0.6])
    assert [one.box[:2] for one in regions[:3]] == [(0.8333, 0), (0, 0), (0, 0.6667)]


def test_a_fading_crack_is_one_region_and_two_dots_are_two() -> None:
    (one,) = found("# # ")
    assert one.box == (0, 0, 0.75, 1)
    assert len(found("# # ", defect="dot")) == 2
    assert len(found("#  #")) == 2


def test_a_good_picture_has_none_and_a_faulty_one_has_one_where_it_looks_worst() -> None:
    assert found("####", decision=GOOD) == ()
    assert find_regions(heat("####"), REVIEW, None) == ()
    assert found(" -  ", decision=REVIEW) == ()
    (one,) = found(" -  ")
    assert (one.box[0], one.probability) == (0.25, pytest.approx(0.2))
    assert found("    ") == ()


def test_without_cells_there_is_none() -> None:
    assert find_regions(np.zeros((0, 0), np.uint8), FAULTY, "crack") == ()


@pytest.mark.parametrize("defect", ["crack", "dot"])
def test_their_number_and_their_corners_are_bounded(defect: str) -> None:
    rng = np.random.default_rng(0)
    for dense in (0.1, 0.4, 1.0):
        cells = (rng.random((150, 160)) < dense).astype(np.uint8) * 255
        regions = find_regions(cells, FAULTY, defect)
        assert 0 < len(regions) <= MOST_REGIONS
        assert max(len(one.outline) for one in regions) <= MOST_CORNERS
