"""The bank of normal patches."""

import numpy as np

from marbleline.domain.product_heads import HeadInput, distances
from marbleline.training.commission.bank import normal_bank, patches_of


def test_the_bank_covers_the_rare_kind_of_normal() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(100, 8)).astype(np.float32) for _ in range(10)]
    for picture in pictures:
        picture[:5] += 20
    bank = normal_bank(pictures, 60, 0.01, np.random.default_rng(1)).patches
    assert bank.shape == (60, 8)
    assert distances(np.full((1, 8), 20, np.float32), bank)[0] < 8


def test_patches_of_one_faulty_picture_among_the_good_are_left_out() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(100, 8)).astype(np.float32) for _ in range(20)]
    pictures[7][:10] += 20
    odd = np.full((1, 8), 20, np.float32)
    untrimmed = normal_bank(pictures, 100, 0.0, np.random.default_rng(1)).patches
    trimmed = normal_bank(pictures, 100, 0.02, np.random.default_rng(1)).patches
    assert distances(odd, untrimmed)[0] < 10
    assert distances(odd, trimmed)[0] > 30


def test_it_says_of_which_picture_a_patch_is_and_where_it_was_there() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(40, 8)).astype(np.float32) for _ in range(6)]
    bank = normal_bank(pictures, 50, 0.1, np.random.default_rng(1))
    assert len(bank.patches) == len(bank.pictures) == len(bank.places) == 50
    for patch, picture, place in zip(bank.patches, bank.pictures, bank.places, strict=True):
        np.testing.assert_array_equal(pictures[picture][place], patch)


def test_one_picture_is_enough() -> None:
    picture = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    assert len(normal_bank([picture], 100, 0.01, np.random.default_rng(1)).patches) == 30


def test_the_patches_of_a_picture_are_those_of_its_windows() -> None:
    rng = np.random.default_rng(0)
    windows = [
        HeadInput(
            rng.normal(size=(6, 8)).astype(np.float32), np.zeros(1, np.float32), np.zeros(3, np.float32)
        )
        for _ in range(3)
    ]
    patches = patches_of(windows)
    np.testing.assert_array_equal(patches[6 * 2 + 4], windows[2].patches[4])
    assert patches_of(windows[:1]) is windows[0].patches
