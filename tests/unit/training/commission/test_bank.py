"""The bank of normal patches."""

import numpy as np

from marbleline.domain.product_heads import distances
from marbleline.training.commission.bank import normal_bank


def test_the_bank_covers_the_rare_kind_of_normal() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(100, 8)).astype(np.float32) for _ in range(10)]
    for picture in pictures:
        picture[:5] += 20
    bank = normal_bank(pictures, 60, 0.01, np.random.default_rng(1))
    assert bank.shape == (60, 8)
    assert distances(np.full((1, 8), 20, np.float32), bank)[0] < 8


def test_patches_of_one_faulty_picture_among_the_good_are_left_out() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=(100, 8)).astype(np.float32) for _ in range(20)]
    pictures[7][:10] += 20
    odd = np.full((1, 8), 20, np.float32)
    assert distances(odd, normal_bank(pictures, 100, 0.0, np.random.default_rng(1)))[0] < 10
    assert distances(odd, normal_bank(pictures, 100, 0.02, np.random.default_rng(1)))[0] > 30


def test_one_picture_is_enough() -> None:
    picture = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    assert len(normal_bank([picture], 100, 0.01, np.random.default_rng(1))) == 30
