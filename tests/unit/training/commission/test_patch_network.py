"""The patch head learns from whole pictures which patches are faulty."""

import numpy as np
import pytest

from marbleline.domain.model import Floats
from marbleline.domain.product_heads import DIRECTIONS, rectified, top_mean
from marbleline.training.arrays import Flags
from marbleline.training.commission.patch_network import NetworkPlan, fit_patch_network

PATCHES = 100
PLAN = NetworkPlan(units=16, steps=400)


def pictures(count: int, seed: int, odd: float = 8.0) -> tuple[list[list[Floats]], Flags]:
    """Pictures of noise; every other one has two patches that stray by ``odd`` in one direction."""
    rng = np.random.default_rng(seed)
    faulty = np.arange(count) % 2 == 1
    found = []
    for number in range(count):
        patches = rng.normal(size=(PATCHES, DIRECTIONS)).astype(np.float32)
        if faulty[number]:
            patches[rng.permutation(PATCHES)[:2], 3] = odd
        found.append([patches])
    return found, faulty


def logits(hidden: Floats, patch: Floats, patches: Floats) -> Floats:
    found: Floats = rectified(patches @ hidden[:-1] + hidden[-1]) @ patch[:-1] + patch[-1]
    return found


@pytest.fixture(scope="module")
def network() -> tuple[Floats, Floats]:
    return fit_patch_network(*pictures(60, 1), PLAN, np.random.default_rng(1))


def test_its_shapes_are_those_of_the_heads(network: tuple[Floats, Floats]) -> None:
    hidden, patch = network
    assert hidden.shape == (DIRECTIONS + 1, 16)
    assert patch.shape == (17,)
    assert hidden.dtype == patch.dtype == np.float32


def test_it_tells_pictures_that_it_has_not_seen(network: tuple[Floats, Floats]) -> None:
    shown, faulty = pictures(60, 2)
    scores = np.array([top_mean(logits(*network, picture[0])) for picture in shown])
    right = (scores[faulty][:, None] > scores[~faulty][None]).mean()
    assert right > 0.95


def test_it_finds_the_faulty_patches(network: tuple[Floats, Floats]) -> None:
    patches = np.random.default_rng(3).normal(size=(PATCHES, DIRECTIONS)).astype(np.float32)
    patches[[7, 60], 3] = 8
    assert set(np.argsort(logits(*network, patches))[-2:]) == {7, 60}


def test_every_view_of_a_picture_teaches() -> None:
    shown, faulty = pictures(40, 4)
    empty = [np.zeros_like(picture[0]) for picture in shown]
    views = [[nothing, *picture] for nothing, picture in zip(empty, shown, strict=True)]
    network = fit_patch_network(views, faulty, PLAN, np.random.default_rng(1))
    scores = np.array([top_mean(logits(*network, picture[0])) for picture in shown])
    right = (scores[faulty][:, None] > scores[~faulty][None]).mean()
    assert right > 0.95


@pytest.mark.parametrize("side", [True, False])
def test_of_one_side_alone_it_learns_nothing(side: bool) -> None:
    shown, _ = pictures(6, 5)
    hidden, patch = fit_patch_network(shown, np.full(6, side), PLAN, np.random.default_rng(1))
    assert not hidden.any()
    assert not patch.any()


def test_the_same_answers_teach_the_same() -> None:
    first, second = (fit_patch_network(*pictures(10, 6), PLAN, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
