"""Figures of a console under load: the first tenth beside the last, and slabs that never were shown."""

import pytest
from benchmarks import console_load as load
from benchmarks.console_load import Observed, Sample


def sample(number: int, delays: tuple[float, ...] = (100.0, 200.0)) -> Sample:
    return Sample(
        at=5.0 * number, memory=200.0 + number, cpu=40.0, heap=10.0 + number, nodes=900, delays=delays
    )


def test_the_first_tenth_stands_beside_the_last() -> None:
    found = Observed([sample(number) for number in range(40)], {}, published=80, took=200.0)
    figures = {one.name: one.value for one in load.estimates(found, "x")}
    assert figures["x: memory of the console, first tenth"] == 201.5
    assert figures["x: memory of the console, last tenth"] == 237.5
    assert figures["x: heap of a tab, last tenth"] == 47.5
    assert figures["x: slabs a second"] == pytest.approx(0.4)
    assert figures["x: slabs never on the screen"] == 0
    assert figures["x: publish to screen p95, all"] == 200.0


def test_slabs_that_were_never_shown_are_counted_and_few_samples_are_enough() -> None:
    found = Observed([sample(0, (90.0,)), sample(1, ())], {"shift": [300.0, 100.0, 200.0]}, 3, 10.0)
    figures = {one.name: one.value for one in load.estimates(found, "x")}
    assert figures["x: slabs never on the screen"] == 2
    assert figures["x: publish to screen p95, last tenth"] == 0
    assert figures["x: to the page shift, most"] == 300.0


@pytest.mark.parametrize(
    ("asked", "quick", "wanted"), [("", False, 5.0), ("", True, 0.5), ("60", True, 60.0)]
)
def test_how_long_is_said_by_a_variable(
    monkeypatch: pytest.MonkeyPatch, asked: str, quick: bool, wanted: float
) -> None:
    monkeypatch.setenv("MINUTES", asked)
    assert load.minutes(quick) == wanted
