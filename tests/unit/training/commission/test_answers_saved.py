"""How many asked answers decide as much as random ones."""

import math
from dataclasses import replace

import pytest

from marbleline.training.commission.answers_saved import answers_saved, reached, savings
from marbleline.training.commission.replay import Point

POINT = Point("stone", 0, "random", 20, 20, 5, 0.9, 0.0, 0, 0, 0, 0, 1, 1, 1, 1, 50, 20)
RANDOM = {20: 0.1, 50: 0.2, 100: 0.4}


def points(asked: dict[int, float], draws: int = 4, unlike: float = 0.0) -> list[Point]:
    """The same curves in each draw; ``unlike`` is added to the asked one in every other draw."""
    return [
        replace(POINT, draw=draw, order=order, answers=answers, decided=decided)
        for draw in range(draws)
        for order, curve in (("random", RANDOM), ("asked", asked))
        for answers, decided in (
            (number, value + (unlike if order == "asked" and draw % 2 else 0.0))
            for number, value in curve.items()
        )
    ]


def test_the_first_number_of_answers_that_reaches_a_share() -> None:
    assert reached([(20, 0.1), (50, 0.4)], 0.25) == pytest.approx(35)
    assert reached([(20, 0.1), (50, 0.4)], 0.05) == pytest.approx(10)
    assert reached([(20, 0.3), (50, 0.2), (100, 0.4)], 0.3) == pytest.approx(20)
    assert math.isinf(reached([(20, 0.1), (50, 0.4)], 0.5))


def test_asked_answers_that_decide_the_same_with_half_as_many_save_half() -> None:
    found = savings(points({20: 0.16, 50: 0.4, 100: 0.5}), "stone")
    assert [one.answers for one in found] == [20, 50, 100]
    assert [one.ratio for one in found[2:]] == pytest.approx([0.5])
    assert (found[2].low, found[2].high) == pytest.approx((0.5, 0.5))


def test_asked_answers_that_never_decide_as_much_say_so() -> None:
    found = savings(points({20: 0.1, 50: 0.2, 100: 0.3}), "stone")
    assert [one.ratio for one in found] == pytest.approx([1.0, 1.0, math.inf])
    assert "| stone | 100 | 0.400 | 100 | never | never | never to never |" in answers_saved(
        points({20: 0.1, 50: 0.2, 100: 0.3})
    )


def test_draws_that_differ_widen_the_interval() -> None:
    one = savings(points({20: 0.16, 50: 0.4, 100: 0.5}, unlike=0.2), "stone")[2]
    assert one.low < one.ratio < one.high


def test_a_draw_that_had_too_few_good_answers_to_learn_from_decided_nothing() -> None:
    both = points({20: 0.1, 50: 0.2, 100: 0.4}, draws=2)
    lacking = [one for one in both if (one.draw, one.order, one.answers) != (1, "asked", 20)]
    first = savings(lacking, "stone")[0]
    assert first.asked == pytest.approx(20 + 30 * 0.05 / 0.15)
