"""The p-chart against a worked example and against its own definition."""

from math import isclose, sqrt

import pytest

from marbleline.domain.control_chart import ControlPoint, Subgroup, p_chart


def test_limits_follow_from_each_samples_own_size() -> None:
    chart = p_chart([Subgroup(100, 12), Subgroup(80, 8), Subgroup(20, 0)])
    assert chart.centre == 0.1
    for point, size in zip(chart.points, (100, 80, 20), strict=True):
        assert point.upper is not None
        assert point.lower is not None
        assert isclose(point.upper, 0.1 + 3 * sqrt(0.09 / size))
        assert isclose(point.lower, max(0.0, 0.1 - 3 * sqrt(0.09 / size)))


@pytest.mark.parametrize(("count", "out"), [(18, False), (19, False), (21, True), (1, False), (0, True)])
def test_a_share_beyond_three_sigmas_is_out_of_control(count: int, out: bool) -> None:
    others = [Subgroup(100_000, 10_000)]
    chart = p_chart([*others, Subgroup(100, count)])
    assert chart.points[-1].out_of_control is out


def test_an_empty_sample_has_no_share_and_no_limits() -> None:
    chart = p_chart([Subgroup(10, 1), Subgroup(0, 0)])
    assert chart.points[1] == ControlPoint(None, None, None)
    assert not chart.points[1].out_of_control
    assert p_chart([Subgroup(0, 0)]).centre is None
    assert p_chart([]).points == ()


@pytest.mark.parametrize("count", [0, 10])
def test_samples_that_are_all_alike_are_in_control(count: int) -> None:
    chart = p_chart([Subgroup(10, count)] * 3)
    assert [point.out_of_control for point in chart.points] == [False] * 3
    assert chart.points[0].lower == chart.points[0].upper == count / 10


def test_limits_stay_within_a_share() -> None:
    for point in p_chart([Subgroup(3, 3), Subgroup(3, 2), Subgroup(50, 49)]).points:
        assert point.lower is not None
        assert point.upper is not None
        assert 0 <= point.lower <= point.upper <= 1
