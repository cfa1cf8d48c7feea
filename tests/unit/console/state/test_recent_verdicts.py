"""What the console keeps: bounded, in order, each frame once."""

from msgspec.structs import replace

from marbleline.console.state.recent_verdicts import RecentVerdicts
from marbleline.domain.verdict import Heatmap
from tests.builders import SECOND, START, make_report, make_verdict


def test_bounds() -> None:
    recent_verdicts = RecentVerdicts(bound=10, seen_bound=50, cameras_bound=3)
    for sequence in range(1, 101):
        recent_verdicts.add(make_verdict(sequence, f"camera-{sequence % 5}"))
    assert [verdict.frame.sequence for verdict in recent_verdicts.recent()] == list(range(100, 90, -1))
    assert len(recent_verdicts.cameras()) == 3
    assert recent_verdicts.add(make_verdict(60, "camera-0")) is False
    assert len(recent_verdicts._seen) == 50


def test_oversized_pictures_are_not_kept() -> None:
    recent_verdicts = RecentVerdicts()
    recent_verdicts.add(
        replace(make_verdict(1), thumbnail=b"\xff" * 1_000_001, heatmap=Heatmap(1, 100_000, b"x" * 100_000))
    )
    (kept,) = recent_verdicts.recent()
    assert (kept.thumbnail, kept.heatmap.cells) == (b"", b"")


def test_an_old_report_changes_nothing() -> None:
    recent_verdicts = RecentVerdicts()
    recent_verdicts.report(make_report(reported_at=START + 2))
    recent_verdicts.report(make_report(reported_at=START + 1))
    (camera,) = recent_verdicts.cameras()
    assert camera.report is not None
    assert camera.report.reported_at == START + 2


def test_a_camera_whose_clock_was_set_back_is_still_heard() -> None:
    recent_verdicts = RecentVerdicts()
    early = make_report(reported_at=START + 3600 * SECOND)
    late = make_report(reported_at=START + 1)
    recent_verdicts.report(replace(early, number=START + 3600 * SECOND))
    recent_verdicts.report(replace(late, number=START + 3601 * SECOND))
    recent_verdicts.report(replace(early, number=START + 3600 * SECOND))
    (camera,) = recent_verdicts.cameras()
    assert camera.report is not None
    assert camera.report.reported_at == START + 1


def test_behind_since_the_first_report_of_a_slab_without_verdict() -> None:
    recent_verdicts = RecentVerdicts()
    recent_verdicts.add(make_verdict(10))
    for second, captured in ((0, 10), (1, 11), (2, 13), (3, 15)):
        recent_verdicts.report(make_report(reported_at=START + second * SECOND, captured=captured))
    assert recent_verdicts.cameras()[0].behind_since == START + SECOND
    recent_verdicts.add(make_verdict(12))
    assert recent_verdicts.cameras()[0].behind_since == START + 2 * SECOND
    recent_verdicts.add(make_verdict(15))
    assert recent_verdicts.cameras()[0].behind_since is None


def test_a_new_spool_is_not_behind() -> None:
    recent_verdicts = RecentVerdicts()
    recent_verdicts.add(make_verdict(10))
    recent_verdicts.report(make_report(reported_at=START, captured=11))
    recent_verdicts.report(make_report(reported_at=START + SECOND, captured=1))
    assert recent_verdicts.cameras()[0].behind_since is None
