"""What asked answers say of the line: as much as if they had not been chosen."""

import math

import numpy as np
import pytest

from marbleline.training.commission.ask import Why, next_questions
from marbleline.training.commission.line_sample import LEAST_RANDOM, line_sample, slabs_stood_for

WATCHED = 150


def normal_below(limit: float, mean: float) -> float:
    return 0.5 * math.erfc((mean - limit) / math.sqrt(2))


def asked_of_a_pool(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, faulty and why of 50 of 150 slabs; a fifth is faulty, 2.5 deviations above the good ones."""
    faulty = np.arange(WATCHED) % 5 == 0
    scores = rng.normal(size=WATCHED) + 2.5 * faulty
    chosen: dict[int, Why] = {}
    for count, logits in ((20, None), (30, scores - 1.25)):
        answered = np.isin(np.arange(WATCHED), list(chosen))
        found = int(faulty[list(chosen)].sum()) if chosen else 0
        for one in next_questions(count, scores, logits, answered, found, rng):
            chosen[one.number] = one.why
    numbers = list(chosen)
    return scores[numbers], faulty[numbers], np.array(list(chosen.values()))


def test_chosen_slabs_stand_for_themselves_and_random_ones_for_all_others() -> None:
    asked = np.array([Why.STRANGE] * 4 + [Why.RANDOM] * 24 + [Why.UNCERTAIN] * 4)
    counts = slabs_stood_for(asked, 248)
    assert counts is not None
    assert list(counts) == [1.0] * 4 + [10.0] * 24 + [1.0] * 4
    assert counts.sum() == 248


def test_an_answer_stands_for_one_slab_at_least() -> None:
    counts = slabs_stood_for(np.array([Why.RANDOM] * 20 + [Why.STRANGE] * 10), 25)
    assert counts is not None
    assert list(counts) == [1.0] * 30


@pytest.mark.parametrize(("drawn", "watched"), [(LEAST_RANDOM - 1, 128), (30, None)])
def test_nothing_is_said_with_few_random_answers_or_of_an_unknown_number_of_slabs(
    drawn: int, watched: int | None
) -> None:
    asked = np.array([Why.RANDOM] * drawn + [Why.STRANGE] * 20)
    assert line_sample(np.zeros(len(asked)), asked == Why.STRANGE, asked, watched) is None


def test_asked_answers_say_of_the_line_what_a_fair_sample_of_it_would() -> None:
    escapes, overkill, unweighted = [], [], []
    for seed in range(100):
        scores, faulty, asked = asked_of_a_pool(np.random.default_rng(seed))
        sample = line_sample(scores, faulty, asked, WATCHED)
        alike = line_sample(scores, faulty, np.full(len(asked), Why.RANDOM), WATCHED)
        assert sample is not None
        assert alike is not None
        escapes.append(normal_below(sample.limit(0.02), 2.5))
        overkill.append(1 - normal_below(-sample.turned().limit(0.05), 0.0))
        unweighted.append(normal_below(alike.limit(0.02), 2.5))
    assert 0.01 < np.mean(escapes) < 0.035
    assert 0.03 < np.mean(overkill) < 0.06
    assert np.mean(unweighted) > 0.045
