"""Commissioning replayed on made-up features: it learns, and never measures on what it learnt from."""

import numpy as np
import pytest

from marbleline.domain.model import Thresholds
from marbleline.domain.product import RiskTargets
from marbleline.domain.product_features import CHANNELS
from marbleline.domain.product_heads import DIRECTIONS, BackboneOutput, HeadInput, head_input_of
from marbleline.training.commission.estimate import forecast, prevalence_of, shares_of
from marbleline.training.commission.heads import HeadsPlan, cross_fit_heads
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.patch_network import NetworkPlan
from marbleline.training.commission.replay import Point, fixed, halves, replay, thinned
from marbleline.training.commission.summary import claims_table, curves_table
from marbleline.training.commission.thresholds import set_thresholds

pytestmark = pytest.mark.slow

ODD = 6.0
QUICK = HeadsPlan(bank=200, network=NetworkPlan(units=8, steps=100), turns=1)


@pytest.fixture(scope="module")
def labelled() -> LabelledSlabs:
    """120 pictures of 60 slabs; a third is faulty: one cell of 25 lies far off in three channels."""
    rng = np.random.default_rng(4)
    project = np.eye(CHANNELS, DIRECTIONS, dtype=np.float32)
    faulty = np.arange(120) // 2 % 3 == 0
    head_inputs: list[HeadInput] = []
    for is_faulty in faulty:
        features = rng.normal(size=(5, 5, CHANNELS)).astype(np.float32)
        if is_faulty:
            features[2, 2, :3] += ODD
        features -= features.mean(axis=(0, 1))
        head_inputs.append(
            head_input_of(
                BackboneOutput(features, np.full(4, 0.25, np.float32), np.zeros(3, np.float32)), project
            )
        )
    groups = np.array([f"slab {number // 2}" for number in range(120)])
    return LabelledSlabs(project, head_inputs, faulty, groups, np.where(faulty, "crack", "good"))


@pytest.fixture(scope="module")
def points(labelled: LabelledSlabs) -> list[Point]:
    return [
        *replay("made up", labelled, [0], RiskTargets(), plan=QUICK),
        *fixed("made up", labelled, [0], RiskTargets(), 20, 10, QUICK),
    ]


def test_halves_part_whole_slabs() -> None:
    groups = np.array([f"slab {number // 4}" for number in range(48)])
    one, other = halves(groups, np.random.default_rng(1))
    assert sorted([*one, *other]) == list(range(48))
    assert not set(groups[one]) & set(groups[other])
    assert len(one) == len(other)


def test_faulty_ones_are_left_out_until_they_are_as_rare_as_asked_for() -> None:
    faulty = np.arange(100) < 40
    pool = np.arange(20, 100)  # 20 faulty, 60 good
    rng = np.random.default_rng(1)
    kept = thinned(pool, faulty, 0.1, rng)
    assert list(kept[~faulty[kept]]) == list(range(40, 100))
    assert int(faulty[kept].sum()) == 7
    assert set(kept) <= set(pool)
    assert list(thinned(pool, faulty, 0.9, rng)) == list(pool)


def test_both_orders_are_measured_on_the_same_slabs(points: list[Point]) -> None:
    asked, random = ([one for one in points if one.order == order] for order in ("asked", "random"))
    assert [one.measured_faulty for one in asked] == [one.measured_faulty for one in random]


def test_heads_of_other_slabs_tell_faulty_ones(labelled: LabelledSlabs) -> None:
    held_out = cross_fit_heads(labelled, QUICK).held_out
    assert held_out[labelled.faulty].min() > held_out[~labelled.faulty].mean()


def test_labels_without_meaning_teach_nothing(labelled: LabelledSlabs) -> None:
    """Would any held-out picture be learnt from, shuffled labels would look learnt."""
    slabs = np.array([int(group.split()[1]) for group in labelled.groups])
    shuffled = np.random.default_rng(0).permutation(60)[slabs] % 3 == 0
    plain = LabelledSlabs(
        labelled.project, labelled.head_inputs, shuffled, labelled.groups, labelled.meanings
    )
    held_out = cross_fit_heads(plain, QUICK).held_out
    assert abs(held_out[shuffled].mean() - held_out[~shuffled].mean()) < held_out.std()


def test_a_point_for_each_order_and_number_of_answers(points: list[Point]) -> None:
    first = [(one.order, one.answers) for one in points if one.draw == 0]
    assert first == [
        ("asked", 20),
        ("asked", 50),
        ("random", 20),
        ("random", 50),
        ("all", -1),
        ("20+10", 30),
    ]
    assert all(one.given in (20, 30, 50, 60) for one in points)
    assert all(one.measured_good + one.measured_faulty == 60 for one in points)
    assert all(one.claimed_escapes >= 1 - 0.1 ** (1 / one.faulty) - 1e-9 for one in points)


def test_the_tables_name_every_data_set(points: list[Point]) -> None:
    assert "| made up | escapes | 6 |" in claims_table(points, 0.9)
    assert "| made up | all | all (60) |" in curves_table(points)


def test_the_strangest_do_not_count_for_the_risk_of_escapes(labelled: LabelledSlabs) -> None:
    fitted = cross_fit_heads(labelled, QUICK)
    asked = np.where(labelled.faulty & (np.arange(120) < 60), "strange", "random")
    _, escapes, overkill = set_thresholds(fitted, labelled, RiskTargets(), asked)
    assert escapes.labels == (labelled.faulty & (asked == "random")).sum() == 20
    assert overkill.labels == 80


def test_shares_of_decisions_at_a_prevalence() -> None:
    faulty = np.array([False, False, False, False, True, True])
    found = shares_of(
        np.array([0.1, 0.1, 0.5, 0.95, 0.9, 0.1]),
        np.array([1.0, 9.0, 1.0, 1.0, 1.0, 1.0]),
        faulty,
        Thresholds(0.2, 0.8, 5.0),
    )
    assert (found.passed, found.overkill, found.rejected, found.escapes) == (0.25, 0.25, 0.5, 0.5)
    assert found.decided(0.1) == pytest.approx(0.9 * 0.5 + 0.1 * 1.0)


def test_a_forecast_is_made_for_the_lines_prevalence() -> None:
    faulty = np.arange(100) < 50
    found = forecast(
        np.where(faulty, 0.9, 0.5),
        np.zeros(100),
        faulty,
        np.arange(100).astype(str),
        Thresholds(0.2, 0.8, 5.0),
        0.02,
    )
    assert found.decided.value == pytest.approx(0.02)
    assert found.escapes.value == found.overkill.value == 0


def test_prevalence_rests_on_random_answers_alone() -> None:
    faulty = np.arange(60) < 30
    asked = np.where(np.arange(60) < 28, "strange", "random")
    assert prevalence_of(asked, faulty) == pytest.approx(2 / 32)
    assert prevalence_of(asked[:40], faulty[:40]) is None
