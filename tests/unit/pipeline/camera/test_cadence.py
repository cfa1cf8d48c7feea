"""The interval that a camera's captures show, and none where they show none."""

import random

import pytest

from marbleline.pipeline.camera.cadence import Cadence


def learnt(intervals: list[float]) -> float | None:
    cadence, at = Cadence(), 0.0
    cadence.captured(at)
    for interval in intervals:
        at += interval
        cadence.captured(at)
    return cadence.interval()


def test_a_steady_camera() -> None:
    assert learnt([0.2] * 20) == pytest.approx(0.2)


def test_too_few_say_nothing() -> None:
    assert learnt([0.2] * 15) is None


def test_late_and_missing_pictures_do_not_matter() -> None:
    rng = random.Random(3)
    intervals = [0.2 + rng.uniform(-0.02, 0.02) for _ in range(60)]
    for place in range(0, 60, 10):
        intervals[place] *= 5
    assert learnt(intervals) == pytest.approx(0.2, rel=0.05)


def test_triggers_at_random_have_no_interval() -> None:
    rng = random.Random(4)
    assert learnt([rng.expovariate(1.0) for _ in range(64)]) is None


def test_a_new_pace_is_learnt() -> None:
    assert learnt([0.2] * 64 + [1.0] * 64) == pytest.approx(1.0)


def test_an_interruption_is_no_interval() -> None:
    cadence = Cadence()
    for number in range(40):
        cadence.captured(number * 100.0)
        cadence.captured(number * 100.0 + 0.5)
        cadence.interrupted()
    assert cadence.interval() == pytest.approx(0.5)
