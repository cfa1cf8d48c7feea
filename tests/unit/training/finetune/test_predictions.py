"""The domain head is heard as far as a picture is one of its stones, and moves good against faulty alone."""

from types import SimpleNamespace

import numpy as np

from marbleline.training.finetune.predictions import advised, faulty_probability, share_of
from tests.unit.training.finetune.replay_sets import WIDTH, make_memory

FIRST = np.eye(WIDTH, dtype=np.float32)[0]


def domain_head(gate_bias: float) -> SimpleNamespace:
    return SimpleNamespace(weights=3 * FIRST, bias=0.0, gate_weights=0 * FIRST, gate_bias=gate_bias)


MEMORY = make_memory(["good"] * 10 + ["crack"] * 10)


def test_on_a_stone_of_its_own_the_domain_head_decides() -> None:
    probability = faulty_probability(advised(domain_head(40.0), MEMORY))
    assert (probability[:10] < 0.1).all()
    assert (probability[10:] > 0.9).all()


def test_on_any_other_stone_nothing_changes() -> None:
    found = advised(domain_head(-40.0), MEMORY)
    assert np.allclose(found, MEMORY.logits, atol=1e-5)
    assert advised(None, MEMORY) is MEMORY.logits


def test_the_order_of_the_defects_stays_as_it_was() -> None:
    before, after = MEMORY.logits, advised(domain_head(0.0), MEMORY)
    assert np.allclose(after[:, 1] - after[:, 2], before[:, 1] - before[:, 2], atol=1e-5)
    assert (after[:, 0] == 0).all()
    assert np.allclose(share_of(domain_head(0.0), MEMORY), 0.5)
