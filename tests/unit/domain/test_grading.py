"""From the defects on a slab to its grade by the plant's recipe."""

import pytest

from marbleline.domain.grading import GradeLimits, GradingRecipe, Measures, grade, measure
from marbleline.domain.slab import SlabDefect
from marbleline.errors import WireError

RECIPE = GradingRecipe(
    name="carrara",
    edge_zone_mm=20,
    grades=(
        GradeLimits(
            grade="A", longest_crack_mm=0, crack_mm_per_m2=0, dots_per_m2=1, largest_dot_mm=4, joints=0
        ),
        GradeLimits(
            grade="B", longest_crack_mm=50, crack_mm_per_m2=100, dots_per_m2=4, largest_dot_mm=10, joints=0
        ),
        GradeLimits(grade="C", longest_crack_mm=300),
    ),
)


def found(defect: str, left: float, top: float, width: float, height: float, length: float = 0) -> SlabDefect:
    return SlabDefect(
        defect=defect,
        probability=0.9,
        x=left + width / 2,
        y=top + height / 2,
        left=left,
        top=top,
        width=width,
        height=height,
        length=length or max(width, height),
        area=width * height,
        cell=4,
        tiles=(1,),
    )


def test_measures_are_of_the_slab_without_its_edge_zone() -> None:
    defects = [
        found("crack", 100, 100, 40, 10, length=41),
        found("crack", 900, 500, 30, 30, length=44),
        found("crack", 0, 100, 15, 200),  # in the zone that is trimmed
        found("crack", 10, 300, 30, 4, length=30),  # reaches out of it
        found("dot", 500, 500, 4, 6),
        found("joint", 0, 400, 1_000, 8),
    ]
    measures = measure(defects, 1_040, 1_040, edge_zone_mm=20)
    assert measures == Measures(
        longest_crack_mm=44, crack_mm_per_m2=115, dots_per_m2=1, largest_dot_mm=6, joints=1
    )


def test_an_edge_zone_wider_than_the_slab_hides_nothing() -> None:
    assert measure([found("dot", 1, 1, 4, 4)], 30, 1_000, edge_zone_mm=20).largest_dot_mm == 4


def test_a_slab_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="no area"):
        measure([], 0, 100)


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        (Measures(0, 0, 0, 0, 0), "A"),
        (Measures(0, 0, 1, 4, 0), "A"),
        (Measures(0, 0, 1.01, 4, 0), "B"),
        (Measures(0, 0, 1, 4.1, 0), "B"),
        (Measures(50, 100, 0, 0, 0), "B"),
        (Measures(50, 100.1, 0, 0, 0), "C"),
        (Measures(0, 0, 0, 0, 1), "C"),
        (Measures(300, 9_999, 99, 99, 9), "C"),
        (Measures(300.1, 0, 0, 0, 0), None),
    ],
)
def test_the_first_grade_whose_limits_are_kept(measures: Measures, expected: str | None) -> None:
    assert grade(measures, RECIPE) == expected


def test_a_stricter_grade_after_a_laxer_one_is_refused() -> None:
    with pytest.raises(WireError, match=r"grade 'B' has a stricter dots_per_m2 than 'A'"):
        GradingRecipe(name="x", grades=(GradeLimits(grade="A"), GradeLimits(grade="B", dots_per_m2=3)))


def test_two_grades_of_one_name_are_refused() -> None:
    with pytest.raises(WireError, match="not all different"):
        GradingRecipe(name="x", grades=(GradeLimits(grade="A"), GradeLimits(grade="A")))
