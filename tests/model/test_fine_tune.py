"""Fine-tuning on random numbers: old results are kept, held-out slabs are not seen, runs repeat."""

import numpy as np
import pytest

from marbleline.errors import SettingError
from marbleline.training.evaluate.metrics import auroc
from tests.unit.training.finetune.replay_sets import WIDTH, make_memory

pytest.importorskip("sklearn", reason="needs scikit-learn: make test-model")

KINDS = ["good", "good", "good", "crack"]
KNOWN = make_memory(KINDS * 40)
# The new stone looks otherwise, and what is faulty there looks good on the old one.
NEW = make_memory(KINDS * 25, stone=3.0, sign=-1.0, source="labels", seed=1)
PROJECT = np.zeros((1, 1), np.float32)
assert NEW.seen.shape[1] == WIDTH


def test_the_new_stone_is_learnt_and_the_old_one_left_alone() -> None:
    from marbleline.training.finetune.fine_tune import fine_tune
    from marbleline.training.finetune.predictions import advised, faulty_probability

    fit = fine_tune(KNOWN, NEW, PROJECT)
    unseen = make_memory(KINDS * 25, stone=3.0, sign=-1.0, source="labels", seed=2)
    assert auroc(faulty_probability(advised(fit.domain_head, unseen)), unseen.faulty) > 0.9
    old = make_memory(KINDS * 25, seed=3)
    moved = np.abs(faulty_probability(advised(fit.domain_head, old)) - faulty_probability(old.logits))
    assert moved.mean() < 0.05


def test_the_same_inputs_give_the_same_result() -> None:
    from marbleline.training.finetune.fine_tune import fine_tune

    one, two = fine_tune(KNOWN, NEW, PROJECT), fine_tune(KNOWN, NEW, PROJECT)
    assert np.array_equal(one.domain_head.weights, two.domain_head.weights)
    assert np.array_equal(one.held_out, two.held_out)


def test_what_is_held_out_was_not_seen_so_shuffled_labels_say_nothing() -> None:
    from marbleline.training.evaluate.gate import chance
    from marbleline.training.finetune.fine_tune import fine_tune
    from marbleline.training.finetune.predictions import faulty_probability

    shuffled = [str(one) for one in np.random.default_rng(4).permutation(KINDS * 25)]
    noise = make_memory(["good"] * 100, stone=3.0, source="labels", seed=1)
    labelled = type(noise)(**{**vars(noise), "labels": np.array(shuffled)})
    fit = fine_tune(KNOWN, labelled, PROJECT)
    assert chance(faulty_probability(fit.held_out), labelled.faulty) > 0.01


@pytest.mark.parametrize(
    ("labels", "groups"),
    [(["good"] * 40, None), (KINDS * 10, ["slab 1"] * 40), (["good"] * 37 + ["crack"] * 3, None)],
)
def test_labels_of_one_kind_or_one_slab_are_too_few(labels: list[str], groups: list[str] | None) -> None:
    from marbleline.training.finetune.fine_tune import fine_tune

    with pytest.raises(SettingError, match="label more of them"):
        fine_tune(KNOWN, make_memory(labels, groups=groups, source="labels"), PROJECT)
