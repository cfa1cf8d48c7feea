"""The bank of normal patches."""

import numpy as np

from marbleline.domain.product_heads import distances
from marbleline.training.commission.bank import normal_bank


def test_the_bank_covers_the_rare_kind_of_normal() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(100, 8)).astype(np.float32) for _ in range(10)]
    for picture in pictures:
        picture[:5] += 20
    bank, _ = normal_bank(pictures, 60, 0.01, np.random.default_rng(1))
    assert bank.shape == (60, 8)
    assert distances(np.full((1, 8), 20, np.float32), bank)[0] < 8


def test_patches_of_one_faulty_picture_among_the_good_are_left_out() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(100, 8)).astype(np.float32) for _ in range(20)]
    pictures[7][:10] += 20
    odd = np.full((1, 8), 20, np.float32)
    untrimmed, _ = normal_bank(pictures, 100, 0.0, np.random.default_rng(1))
    trimmed, _ = normal_bank(pictures, 100, 0.02, np.random.default_rng(1))
    assert distances(odd, untrimmed)[0] < 10
    assert distances(odd, trimmed)[0] > 30


def test_it_says_which_picture_a_patch_is_of() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(40, 8)).astype(np.float32) for _ in range(6)]
    bank, sources = normal_bank(pictures, 50, 0.1, np.random.default_rng(1))
    assert len(bank) == len(sources) == 50
    for patch, source in zip(bank, sources, strict=True):
        assert (pictures[source] == patch).all(axis=1).any()


def test_one_picture_is_enough() -> None:
    picture = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    bank, _ = normal_bank([picture], 100, 0.01, np.random.default_rng(1))
    assert len(bank) == 30
