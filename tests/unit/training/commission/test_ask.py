"""Which slab is asked about next."""

from collections import Counter

import numpy as np
import pytest

from marbleline.training.commission.ask import AskPlan, Why, next_questions


def ask(
    count: int, *, answered: int = 0, faulty: int = 0, learnt: bool = True, pictures: int = 200
) -> list[tuple[int, Why]]:
    """Questions where picture n is stranger the higher n, and the most uncertain is in the middle."""
    numbers = np.arange(pictures, dtype=np.float64)
    flags = numbers < answered
    logits = (numbers - pictures / 2) if learnt else None
    found = next_questions(count, numbers, logits, flags, faulty, np.random.default_rng(2))
    return [(question.number, question.why) for question in found]


def test_strange_uncertain_and_random_slabs_are_asked_about() -> None:
    found = ask(20)
    assert Counter(why for _, why in found) == {Why.RANDOM: 8, Why.STRANGE: 6, Why.UNCERTAIN: 6}
    assert all(number > 180 for number, why in found if why is Why.STRANGE)
    assert all(90 < number < 110 for number, why in found if why is Why.UNCERTAIN)


def test_before_anything_was_learnt_strange_and_random_ones_are_asked_about() -> None:
    assert Counter(why for _, why in ask(20, learnt=False)) == {Why.RANDOM: 8, Why.STRANGE: 12}


def test_with_faulty_slabs_enough_the_strangest_are_left_alone() -> None:
    assert Why.STRANGE not in {why for _, why in ask(20, faulty=AskPlan().enough_faulty)}


def test_no_slab_is_asked_about_twice() -> None:
    numbers = [number for number, _ in ask(60, answered=150)]
    assert sorted(numbers) == list(range(150, 200))


def test_random_questions_are_a_fair_sample_of_all_that_is_left() -> None:
    numbers = np.arange(300, dtype=np.float64)
    drawn = [
        question.number
        for seed in range(60)
        for question in next_questions(
            20, numbers, numbers - 150, np.zeros(300, bool), 0, np.random.default_rng(seed)
        )
        if question.why is Why.RANDOM
    ]
    assert np.mean(drawn) == pytest.approx(149.5, abs=4 * 86.6 / len(drawn) ** 0.5)
