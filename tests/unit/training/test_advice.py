"""The specialist is heard as far as a picture is one of its stones, and moves good against faulty alone."""

from types import SimpleNamespace

import numpy as np

from marbleline.training.advice import advised, faulty_probability, share_of
from tests.unit.training.memories import WIDTH, make_memory

FIRST = np.eye(WIDTH, dtype=np.float32)[0]


def specialist(gate_bias: float) -> SimpleNamespace:
    return SimpleNamespace(weights=3 * FIRST, bias=0.0, gate_weights=0 * FIRST, gate_bias=gate_bias)


MEMORY = make_memory(["good"] * 10 + ["crack"] * 10)


def test_on_a_stone_of_its_own_the_specialists_word_counts() -> None:
    probability = faulty_probability(advised(specialist(40.0), MEMORY))
    assert (probability[:10] < 0.1).all()
    assert (probability[10:] > 0.9).all()


def test_on_any_other_stone_nothing_changes() -> None:
    found = advised(specialist(-40.0), MEMORY)
    assert np.allclose(found, MEMORY.logits, atol=1e-5)
    assert advised(None, MEMORY) is MEMORY.logits


def test_the_order_of_the_defects_stays_as_it_was() -> None:
    before, after = MEMORY.logits, advised(specialist(0.0), MEMORY)
    assert np.allclose(after[:, 1] - after[:, 2], before[:, 1] - before[:, 2], atol=1e-5)
    assert (after[:, 0] == 0).all()
    assert np.allclose(share_of(specialist(0.0), MEMORY), 0.5)
