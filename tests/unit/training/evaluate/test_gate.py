"""The gate lets a better candidate through, and says why another may not."""

from dataclasses import replace

import numpy as np
import pytest

from marbleline.domain.model import Thresholds
from marbleline.training.evaluate.gate import (
    Build,
    CandidateGateResult,
    GateScores,
    chance,
    difference,
    judge_candidate,
)
from marbleline.training.evaluate.metrics import auroc

pytestmark = pytest.mark.slow

THRESHOLDS = Thresholds(0.2, 0.8, 1.0)
BUILD = Build(megabytes=14.0, litert_megabytes=4.0, apart=1e-6, apart_from_training=1e-4, times=1.3)
RNG = np.random.default_rng(3)
FAULTY = np.arange(120) % 4 == 0
GROUPS = np.array([f"slab {n // 10}" for n in range(120)])


def probability(skill: float, faulty: np.ndarray = FAULTY, seed: int = 1) -> np.ndarray:
    """Answers that know the truth more or less well."""
    noise = np.random.default_rng(seed).normal(0, 1, len(faulty))
    return 1 / (1 + np.exp(-(skill * np.where(faulty, 1.0, -1.0) + noise)))


def answers(stable: np.ndarray, candidate: np.ndarray) -> GateScores:
    return GateScores(stable, candidate, FAULTY, GROUPS, np.array(["patches"] * len(FAULTY)))


GOLDEN = answers(probability(3.0), probability(3.0))
BETTER = answers(probability(0.3), probability(2.0, seed=2))


def gate(
    golden: GateScores = GOLDEN, labelled: GateScores = BETTER, build: Build = BUILD
) -> CandidateGateResult:
    return judge_candidate(golden, labelled, build, THRESHOLDS, THRESHOLDS)


def failed(outcome: CandidateGateResult) -> set[str]:
    assert outcome.passed is not any(not check.passed for check in outcome.checks)
    return {check.name for check in outcome.checks if not check.passed}


def test_a_better_candidate_passes() -> None:
    outcome = gate()
    assert outcome.passed, outcome.reasons
    assert outcome.reasons == []
    assert outcome.figures["auroc_after"] > outcome.figures["auroc_before"]


def test_worse_on_the_golden_set_is_refused_with_the_set_named() -> None:
    outcome = gate(golden=answers(probability(3.0), probability(0.5)))
    assert "golden set, patches: not worse" in failed(outcome)
    assert any("golden set, patches" in reason and "AUROC" in reason for reason in outcome.reasons)


def test_a_candidate_taught_with_shuffled_labels_is_refused() -> None:
    """It has learnt the average, and its held-out answers say nothing: its errors are small all the same."""
    average = np.full(120, FAULTY.mean()) + np.random.default_rng(5).normal(0, 0.01, 120)
    outcome = gate(labelled=answers(1 - probability(0.0) / 4, average))
    assert "labelled pictures: not by chance" in failed(outcome)


def test_no_better_than_before_is_refused() -> None:
    same = probability(1.0)
    assert failed(gate(labelled=answers(same, same))) == {"labelled pictures: better probabilities"}


def test_more_review_on_the_known_stone_is_refused() -> None:
    unsure = answers(probability(3.0), 0.5 + (probability(3.0) - 0.5) / 2)
    assert failed(gate(golden=unsure)) == {"golden set: not more to review"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"megabytes": 26.0}, "size"),
        ({"litert_megabytes": 11.0}, "size"),
        ({"apart": 2e-3}, "parity of the runtimes"),
        ({"apart_from_training": 0.05}, "exported as trained"),
        ({"times": 1.7}, "cost of a picture"),
    ],
)
def test_a_build_out_of_bounds_is_refused(change: dict[str, float], name: str) -> None:
    assert failed(gate(build=replace(BUILD, **change))) == {name}


def test_the_difference_is_between_slabs_not_pictures() -> None:
    """Ten copies of each picture in its slab narrow nothing."""
    stable, candidate = probability(0.5), probability(1.0, seed=2)
    once = difference(stable, candidate, FAULTY, GROUPS)
    many = difference(np.tile(stable, 10), np.tile(candidate, 10), np.tile(FAULTY, 10), np.tile(GROUPS, 10))
    assert np.allclose(once, many, atol=0.02)


def test_chance_is_what_shuffling_finds() -> None:
    found = probability(0.35)
    shuffled = [auroc(found, RNG.permutation(FAULTY)) for _ in range(3000)]
    by_shuffling = np.mean(np.array(shuffled) >= auroc(found, FAULTY))
    assert chance(found, FAULTY) == pytest.approx(by_shuffling, abs=0.02)
    assert chance(found, np.zeros(120, bool)) == 1.0
