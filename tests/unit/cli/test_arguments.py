"""What lies outside the bounds is refused with the bounds."""

import argparse

import pytest

from marbleline.cli.arguments import seconds, whole_number


def test_bounds_are_included() -> None:
    assert [whole_number(1, 64)(text) for text in ("1", "64")] == [1, 64]
    assert [seconds(0.1, 3600)(text) for text in ("0.1", "3600")] == [0.1, 3600.0]


@pytest.mark.parametrize("text", ["0", "65", "-1", "1.5", "", "x"])
def test_no_whole_number_within_bounds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a whole number from 1 to 64"):
        whole_number(1, 64)(text)


@pytest.mark.parametrize("text", ["0", "3601", "nan", "inf", "soon"])
def test_no_seconds_within_bounds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"seconds, from 0\.1 to 3600"):
        seconds(0.1, 3600)(text)


@pytest.mark.parametrize("text", ["-3", "nan", "inf", "1e10"])
def test_seconds_without_an_upper_bound_can_be_waited_for(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="seconds, 0 or more"):
        seconds(0)(text)
