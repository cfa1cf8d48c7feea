"""Trigger sequences: counted so that no valid word is ever 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.decision import Decision
from marbleline.domain.gate import (
    LAST_SEQUENCE,
    GateDecision,
    gate_decision,
    next_sequence,
    sequences_between,
)


@pytest.mark.parametrize(
    ("before", "after"), [(0, 1), (1, 2), (0xFFFE, 0xFFFF), (0xFFFF, 0x1_0001), (LAST_SEQUENCE, 1)]
)
def test_the_low_word_of_a_sequence_is_never_zero(before: int, after: int) -> None:
    assert next_sequence(before) == after


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [(1, 2, 0), (1, 5, 3), (0xFFFF, 0x1_0001, 0), (0xFFFE, 0x1_0001, 1), (LAST_SEQUENCE, 2, 1)],
)
def test_triggers_between_two_sequences(before: int, after: int, between: int) -> None:
    assert sequences_between(before, after) == between


@given(st.integers(1, LAST_SEQUENCE).filter(lambda number: number & 0xFFFF), st.integers(0, 300))
def test_counting_on_agrees_with_the_count_between(first: int, steps: int) -> None:
    last = first
    for _ in range(steps + 1):
        last = next_sequence(last)

    assert sequences_between(first, last) == steps


def test_every_decision_has_a_value_and_none_of_them_is_that_of_an_empty_register() -> None:
    values = {gate_decision(decision) for decision in Decision}

    assert len(values) == len(Decision)
    assert GateDecision.NONE not in values
    assert GateDecision.NONE == 0
