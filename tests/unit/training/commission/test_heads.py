"""Heads learn from every view of a picture, and judge an answer without its slab."""

from dataclasses import replace

import numpy as np
import pytest

from marbleline.domain.product_features import CHANNELS
from marbleline.domain.product_heads import DESCRIPTION, DIRECTIONS, HeadInput, component_scores
from marbleline.training.commission.heads import HeadsPlan, cross_fit_heads, fit_member
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.patch_network import NetworkPlan

PLAN = HeadsPlan(bank=20, network=NetworkPlan(units=2, steps=5))
FAULTY = np.arange(8) % 2 == 1


def head_input(rng: np.random.Generator, told_by: int, is_faulty: bool) -> HeadInput:
    """Noise, but for one number of the description that tells a faulty picture."""
    description = rng.normal(size=DESCRIPTION).astype(np.float32)
    description[told_by] = 3.0 if is_faulty else -3.0
    patches = rng.normal(size=(9, DIRECTIONS)).astype(np.float32)
    return HeadInput(patches, description, np.zeros(3, np.float32))


@pytest.fixture
def labelled() -> LabelledSlabs:
    """Eight pictures told by number 0 of the plain description, and by number 1 of each further view."""
    rng = np.random.default_rng(3)
    return LabelledSlabs(
        np.eye(CHANNELS, DIRECTIONS, dtype=np.float32),
        [head_input(rng, 0, one) for one in FAULTY],
        FAULTY,
        np.arange(8).astype(str),
        np.where(FAULTY, "crack", "good"),
        [[head_input(rng, 1, one), head_input(rng, 1, one)] for one in FAULTY],
    )


def test_a_choice_of_pictures_keeps_their_views(labelled: LabelledSlabs) -> None:
    some = labelled.where(np.array([5, 2]))
    assert [picture[0] for picture in some.all_views()] == [labelled.head_inputs[5], labelled.head_inputs[2]]
    assert some.views[0][1] is labelled.views[5][1]
    assert [len(picture) for picture in replace(labelled, views=()).all_views()] == [1] * 8


def test_every_view_teaches_the_linear_head(labelled: LabelledSlabs) -> None:
    with_views, without = (
        fit_member(one, PLAN, np.random.default_rng(1)).linear
        for one in (labelled, replace(labelled, views=()))
    )
    assert with_views[1] > 3 * abs(without[1])


def test_the_version_is_the_mean_of_what_was_fitted_without_each_part(labelled: LabelledSlabs) -> None:
    plan = replace(PLAN, folds=4, turns=3)
    heads = cross_fit_heads(labelled, plan).heads
    assert heads.patch.shape == (12, 3)
    assert heads.hidden.shape == (DIRECTIONS + 1, 24)
    one = fit_member(labelled, plan, np.random.default_rng(1))
    np.testing.assert_allclose(heads.linear[0], one.linear[0], rtol=0.5)


def test_what_is_held_out_of_a_picture_does_not_depend_on_what_it_was_called(labelled: LabelledSlabs) -> None:
    """But for the weights of the components: those know every picture."""
    faulty = labelled.faulty.copy()
    faulty[3] = False
    usual, other = (
        cross_fit_heads(replace(labelled, faulty=one), PLAN).found for one in (labelled.faulty, faulty)
    )
    np.testing.assert_array_equal(usual[3, 1:], other[3, 1:])
    assert (usual[:3, 1:3] != other[:3, 1:3]).any()


def test_a_good_picture_is_compared_with_patches_of_other_slabs(labelled: LabelledSlabs) -> None:
    odd = replace(labelled.head_inputs[4], patches=labelled.head_inputs[4].patches + np.float32(40))
    twice = [*labelled.head_inputs[:4], odd, labelled.head_inputs[5], odd, labelled.head_inputs[7]]
    slabs = np.array(["0", "1", "2", "3", "same", "5", "same", "7"])
    plan = replace(PLAN, bank=200, trimmed=0.0)
    found = cross_fit_heads(replace(labelled, head_inputs=twice, groups=slabs), plan)
    # 40 in each of 64 directions from all others; those among themselves lie as far as noise does.
    assert found.found[[4, 6], 0].min() > 300
    assert 5 < found.found[[0, 2], 0].min() < found.found[[0, 2], 0].max() < 20
    # The version itself knows them.
    assert component_scores(found.heads, odd)[0] < 1


def test_a_bank_of_one_slab_alone_leaves_something_to_compare_it_with(labelled: LabelledSlabs) -> None:
    slabs = np.where(np.arange(8) == 6, "other", "most")
    found = cross_fit_heads(replace(labelled, groups=slabs), replace(PLAN, bank=2)).found
    assert np.isfinite(found).all()
    assert found[:, 0].min() > 0


def test_scores_held_out_are_pooled_with_one_set_of_weights(labelled: LabelledSlabs) -> None:
    fitted = cross_fit_heads(labelled, PLAN)
    weights = fitted.heads.weights
    assert weights[:-1].min() >= 0
    np.testing.assert_allclose(fitted.held_out, fitted.found @ weights[:-1] + weights[-1], rtol=1e-4)


def test_members_that_had_no_faulty_picture_do_not_water_down_the_others(labelled: LabelledSlabs) -> None:
    """All faulty pictures are of one slab: a member for each turn and part, one of five without any."""
    slabs = np.where(FAULTY, "cracked", labelled.groups)
    heads = cross_fit_heads(replace(labelled, groups=slabs), PLAN).heads
    assert len(heads.patch) == 16
    assert heads.patch.any(axis=1).all()


def test_good_pictures_alone_make_heads_that_go_by_the_distance(labelled: LabelledSlabs) -> None:
    fitted = cross_fit_heads(replace(labelled, faulty=np.zeros(8, bool)), PLAN)
    assert fitted.heads.patch.shape == (1, 3)
    assert np.flatnonzero(fitted.heads.weights[:-1]).tolist() == [0]


@pytest.fixture
def in_windows() -> LabelledSlabs:
    """24 pictures of five windows, a third faulty: by one window, told by description and patches."""
    rng = np.random.default_rng(5)
    faulty = np.arange(24) % 3 == 0
    pictures = [[head_input(rng, 0, is_faulty=False) for _ in range(5)] for _ in faulty]
    for number in np.flatnonzero(faulty):
        one = head_input(rng, 0, is_faulty=True)
        one.patches[2, :3] += np.float32(8)
        pictures[int(number)][int(number) // 3 % 5] = one
    return LabelledSlabs(
        np.eye(CHANNELS, DIRECTIONS, dtype=np.float32),
        [one[0] for one in pictures],
        faulty,
        np.arange(24).astype(str),
        np.where(faulty, "crack", "good"),
        further_windows=[one[1:] for one in pictures],
    )


def test_a_picture_in_windows_is_held_out_by_its_highest_window(in_windows: LabelledSlabs) -> None:
    fitted = cross_fit_heads(in_windows, PLAN)
    assert fitted.found.shape == (24, 6)
    assert fitted.held_out.shape == (24,)
    assert fitted.held_out[in_windows.faulty].min() > fitted.held_out[~in_windows.faulty].max()


def test_heads_know_the_faulty_window_of_a_picture_though_nobody_named_it(in_windows: LabelledSlabs) -> None:
    heads = cross_fit_heads(in_windows, PLAN).heads
    weights = heads.weights
    found = np.array([component_scores(heads, one) for one in in_windows.all_windows])
    faulty = [number // 3 % 5 for number in range(0, 24, 3)]
    highest = in_windows.highest(found @ weights[:-1] + weights[-1]) % 5
    assert highest[in_windows.faulty].tolist() == faulty
    # By what the linear head learnt, too, and not only by the distance from normal.
    assert (in_windows.highest(found[:, 1]) % 5)[in_windows.faulty].tolist() == faulty


def test_the_distance_of_a_picture_is_the_highest_of_its_windows(in_windows: LabelledSlabs) -> None:
    """Though another window decides: here it is told by the version's own score, and distances are noise."""
    rng = np.random.default_rng(6)
    windows = [[head_input(rng, 0, is_faulty=False) for _ in range(5)] for _ in range(24)]
    for number in range(0, 24, 3):
        windows[number][2] = replace(windows[number][2], base=np.full(3, 9, np.float32))
    odd = replace(
        in_windows, head_inputs=[one[0] for one in windows], further_windows=[one[1:] for one in windows]
    )
    fitted = cross_fit_heads(odd, PLAN)
    # No patch of a faulty picture is in the bank, so what is held out of it is what the version says.
    own = np.array(
        [[component_scores(fitted.heads, one)[0] for one in windows[number]] for number in range(0, 24, 3)]
    )
    np.testing.assert_allclose(fitted.found[odd.faulty, 0], own.max(axis=1), rtol=1e-5)
    assert (fitted.found[odd.faulty, 3] == 9).all(), "the window that decides"
    assert (own.argmax(axis=1) != 2).any()
