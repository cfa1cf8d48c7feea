"""Whether what is pending moves."""

import pytest

from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.domain.ledger_progress import LedgerProgress

S = 1_000_000


def count(at_s: int, judged: int = 5, pending: int = 3, dead: int = 0) -> Ledger:
    entry = LedgerEntry("camera-1", judged + pending + dead, judged, pending, dead, 0, 0)
    return Ledger((entry,), at_s * S)


def stalled(*counts: Ledger) -> bool | None:
    progress = LedgerProgress(after_s=60)
    for one in counts[:-1]:
        progress.marked(one)
    marked = progress.marked(counts[-1])
    assert marked.total().stalled == marked.entries[0].stalled
    return marked.entries[0].stalled


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([count(0)], None),
        ([count(0), count(59)], False),
        ([count(0), count(60)], True),
        ([count(0), count(30), count(60)], True),
        ([count(0), count(59, judged=6), count(118)], False),
        ([count(0), count(59, dead=1), count(118, dead=1)], False),
        ([count(0), count(60, pending=9)], True),
        ([count(0, pending=0), count(600)], False),
        ([count(0), count(60), count(61, judged=6, pending=2)], False),
        ([count(100), count(10), count(69)], False),
    ],
    ids=[
        "one count tells nothing",
        "not yet",
        "a minute",
        "a minute of several counts",
        "one was judged",
        "one was dead-lettered",
        "more come and none goes",
        "an idle night, then frames",
        "moves again",
        "the clock was set back",
    ],
)
def test_stalled_is_pending_and_nothing_done_with_for_long(
    counts: list[Ledger], expected: bool | None
) -> None:
    assert stalled(*counts) is expected
