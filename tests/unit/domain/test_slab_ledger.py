"""The ledger of slabs: every trigger is judged, pending or missed, or the slab is lost and it says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.slab_ledger import MOST_RANGES, SlabCounts, balance_slabs, undecided_ranges


@given(st.sets(st.integers(1, 60)), st.integers(1, 20), st.integers(0, 60))
def test_undecided_triggers_are_found_by_counting_alone(decided: set[int], low: int, size: int) -> None:
    high = low + size

    def judged(first: int, last: int) -> int:
        return len([one for one in decided if first <= one <= last])

    ranges = undecided_ranges(judged, low, high)
    found = [trigger for first, last in ranges for trigger in range(first, last + 1)]
    assert sorted(found) == [trigger for trigger in range(low, high + 1) if trigger not in decided]
    assert [first for first, _ in ranges] == sorted((first for first, _ in ranges), reverse=True)


def test_the_newest_are_looked_at_first_and_not_without_end() -> None:
    calls = []

    def every_other(first: int, last: int) -> int:
        calls.append((first, last))
        return sum(1 for one in range(first, last + 1) if one % 2)

    ranges = undecided_ranges(every_other, 1, 1_000_000)
    assert ranges[0] == (1_000_000, 1_000_000)
    assert len(ranges) == MOST_RANGES
    assert len(calls) < 1_000


@pytest.mark.parametrize(
    ("seen", "unseen", "folding", "frames", "pending", "missed", "lost"),
    [
        (0, 0, 0, 0, 0, 1, 0),
        (2, 0, 9, 0, 2, 1, 0),  # the slab worker has them
        (2, 0, 1, 0, 1, 1, 1),  # one is nowhere
        (0, 3, 0, 0, 0, 4, 0),  # the cameras saw nothing
        (0, 3, 0, 2, 2, 2, 0),  # frames of two may still be on their way
        (1, 3, 3, 0, 3, 2, 0),
    ],
)
def test_each_trigger_is_counted_once(
    seen: int, unseen: int, folding: int, frames: int, pending: int, missed: int, lost: int
) -> None:
    entry = balance_slabs(SlabCounts("line-1", None, 10, 1, seen, unseen), folding, frames)
    assert (entry.judged, entry.pending, entry.missed, entry.lost) == (10, pending, missed, lost)
    assert entry.triggers == entry.judged + entry.pending + entry.missed + entry.lost == 11 + seen + unseen
    assert entry.balanced is (lost == 0)
