"""Which slab is large."""

from marbleline.console.freshness import Freshness
from marbleline.console.selection import Wish, find, matching, neighbour, shown
from marbleline.console.snapshot import CameraView, Link, LinkState, Snapshot, Traffic
from marbleline.domain.decision import Decision
from tests.builders import START, make_report, make_verdict

LIVE = Link(LinkState.LIVE, START)
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
SEEN = Snapshot("line-1", START, LIVE, LIVE, FIVE, CAMERAS, None, None, Traffic())


def sequence_of(wish: Wish) -> int | None:
    found = shown(SEEN, wish)
    return found.verdict.frame.sequence if found else None


def test_the_newest_of_those_that_are_wanted() -> None:
    assert sequence_of(Wish()) == 5
    assert sequence_of(Wish(camera="camera-0")) == 4
    assert sequence_of(Wish(suspect_only=True)) == 3
    assert sequence_of(Wish(camera="camera-0", suspect_only=True)) is None
    assert [v.frame.sequence for v in matching(SEEN, Wish(camera="camera-1"))] == [5, 3, 1]


def test_a_camera_long_away_shows_its_last_slab_as_old() -> None:
    found = shown(SEEN, Wish(camera="camera-9"))
    assert found is not None
    assert (found.verdict, found.stale, found.state.kind) == (OLD, True, Freshness.SILENT)


def test_a_held_slab_stays_though_it_was_forgotten() -> None:
    gone = make_verdict(-5, "camera-0")
    found = shown(SEEN, Wish(held=gone))
    assert found is not None
    assert (found.verdict, found.held, found.stale) == (gone, True, False)


def test_neighbours() -> None:
    ids = [verdict.frame.frame_id for verdict in FIVE]
    assert neighbour(SEEN, Wish(), ids[2], 1) == FIVE[1]
    assert neighbour(SEEN, Wish(), ids[2], -1) == FIVE[3]
    assert neighbour(SEEN, Wish(), ids[0], 1) is None
    assert neighbour(SEEN, Wish(), ids[4], -1) is None
    assert neighbour(SEEN, Wish(camera="camera-1"), ids[0], -1) == FIVE[2]
    assert neighbour(SEEN, Wish(), "unknown", 1) is None


def test_find() -> None:
    assert find(SEEN, FIVE[3].frame.frame_id) == FIVE[3]
    assert find(SEEN, "<script>") is None
