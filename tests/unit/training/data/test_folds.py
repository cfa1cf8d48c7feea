"""A slab lies in one fold, and folds do not depend on the order in which slabs come."""

import numpy as np

from marbleline.training.data.folds import folds_of


def test_a_slab_lies_in_one_fold_and_folds_are_even() -> None:
    groups = [f"slab {n % 10}" for n in range(100)]
    folds = folds_of(groups)
    assert set(folds.tolist()) == {0, 1, 2, 3, 4}
    assert np.bincount(folds).tolist() == [20] * 5
    for name in set(groups):
        assert len({int(fold) for fold, group in zip(folds, groups, strict=True) if group == name}) == 1


def test_the_order_of_pictures_does_not_matter() -> None:
    groups = [f"slab {n % 7}" for n in range(50)]
    there = dict(zip(groups, folds_of(groups).tolist(), strict=True))
    back = dict(zip(groups[::-1], folds_of(groups[::-1]).tolist(), strict=True))
    assert there == back


def test_fewer_slabs_than_folds_make_fewer_folds() -> None:
    assert sorted(folds_of(["a", "b", "b"]).tolist()) == [0, 0, 1]


def test_each_turn_parts_slabs_in_another_way() -> None:
    groups = [f"slab {n % 20}" for n in range(100)]
    first, second = (folds_of(groups, 5, turn) for turn in (0, 1))
    together = [(one[:, None] == one).sum() for one in (first, second)]
    assert together[0] == together[1]
    assert ((first[:, None] == first) != (second[:, None] == second)).any()
    np.testing.assert_array_equal(first, folds_of(groups, 5))
