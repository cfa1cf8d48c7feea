"""Which slab is large."""

from dataclasses import replace

from marbleline.console.state.freshness import Freshness
from marbleline.console.state.selection import ViewFilter, displayed_slab, find_recent, matching, neighbour
from marbleline.console.state.snapshot import (
    CameraView,
    ConnectionState,
    ConnectionStatus,
    FeedCounters,
    HeldSlab,
    Snapshot,
)
from marbleline.domain.decision import Decision
from tests.builders import START, make_report, make_verdict

LIVE = ConnectionStatus(ConnectionState.CONNECTED, START)
FIVE = tuple(
    make_verdict(n, f"camera-{n % 2}", decision=Decision.REVIEW if n == 3 else Decision.GOOD)
    for n in (5, 4, 3, 2, 1)
)
OLD = make_verdict(0, "camera-9")
CAMERAS = (
    CameraView("camera-0", make_report("camera-0"), FIVE[1]),
    CameraView("camera-1", make_report("camera-1"), FIVE[0]),
    CameraView("camera-9", make_report("camera-9", reported_at=START - 60_000_000), OLD),
)
SEEN = Snapshot("line-1", START, LIVE, LIVE, FIVE, CAMERAS, None, None, FeedCounters())


def sequence_of(view_filter: ViewFilter) -> int | None:
    found = displayed_slab(SEEN, view_filter)
    return found.verdict.frame.sequence if found else None


def test_the_newest_of_those_that_are_wanted() -> None:
    assert sequence_of(ViewFilter()) == 5
    assert sequence_of(ViewFilter(camera="camera-0")) == 4
    assert sequence_of(ViewFilter(suspect_only=True)) == 3
    assert sequence_of(ViewFilter(camera="camera-0", suspect_only=True)) is None
    assert [v.frame.sequence for v in matching(SEEN, ViewFilter(camera="camera-1"))] == [5, 3, 1]


def test_a_camera_long_away_shows_its_last_slab_as_old() -> None:
    found = displayed_slab(SEEN, ViewFilter(camera="camera-9"))
    assert found is not None
    assert (found.verdict, found.stale, found.status.kind) == (OLD, True, Freshness.SILENT)


def test_a_held_slab_stays_though_it_was_forgotten() -> None:
    gone = make_verdict(-5, "camera-0")
    found = displayed_slab(SEEN, ViewFilter(held=gone))
    assert found is not None
    assert (found.verdict, found.held, found.stale) == (gone, True, False)


def test_neighbours() -> None:
    ids = [verdict.frame.frame_id for verdict in FIVE]
    assert neighbour(SEEN, ViewFilter(), ids[2], 1) == FIVE[1]
    assert neighbour(SEEN, ViewFilter(), ids[2], -1) == FIVE[3]
    assert neighbour(SEEN, ViewFilter(), ids[0], 1) is None
    assert neighbour(SEEN, ViewFilter(), ids[4], -1) is None
    assert neighbour(SEEN, ViewFilter(camera="camera-1"), ids[0], -1) == FIVE[2]
    assert neighbour(SEEN, ViewFilter(), "unknown", 1) is None


def test_find() -> None:
    assert find_recent(SEEN, FIVE[3].frame.frame_id) == FIVE[3]
    assert find_recent(SEEN, "<script>") is None


def test_a_held_faulty_slab_is_found_though_it_is_no_recent_one() -> None:
    old = make_verdict(-9, "camera-0", decision=Decision.FAULTY)
    seen = replace(SEEN, held={"camera-0": HeldSlab(old, 12, 0, 0)})
    assert find_recent(seen, old.frame.frame_id) == old
    assert find_recent(SEEN, old.frame.frame_id) is None
