"""Wilson's interval."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.proportion import Z_95, wilson_interval


@given(st.integers(1, 5_000), st.data())
def test_its_ends_are_where_the_score_test_just_rejects(size: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, size)) if size > 1 else 1
    found = wilson_interval(count, size)
    assert found is not None
    assert 0 <= found.low <= count / size <= found.high <= 1
    for end in (found.low, found.high):
        if 0 < end < 1:
            score = abs(count / size - end) / (end * (1 - end) / size) ** 0.5
            assert isclose(score, Z_95, rel_tol=1e-6)


def test_no_slab_at_all_and_none_of_some() -> None:
    assert wilson_interval(0, 0) is None
    none = wilson_interval(0, 20)
    assert none is not None
    assert none.low == 0
    assert isclose(none.high, Z_95**2 / (20 + Z_95**2))
    whole = wilson_interval(20, 20)
    assert whole is not None
    assert whole.high == 1
    assert isclose(whole.low, 1 - none.high)


@pytest.mark.parametrize(("count", "size"), [(-1, 5), (6, 5), (1, 0)])
def test_what_is_no_share_is_refused(count: int, size: int) -> None:
    with pytest.raises(ValueError, match="give a count from 0 to the size"):
        wilson_interval(count, size)
