"""What the console keeps: bounded, in order, each frame once."""

from dataclasses import replace

from marbleline.console.memory import Memory
from marbleline.domain.verdict import Heatmap
from tests.builders import SECOND, START, make_report, make_verdict


def test_bounds() -> None:
    memory = Memory(bound=10, seen_bound=50, cameras_bound=3)
    for sequence in range(1, 101):
        memory.add(make_verdict(sequence, f"camera-{sequence % 5}"))
    assert [verdict.frame.sequence for verdict in memory.recent()] == list(range(100, 90, -1))
    assert len(memory.cameras()) == 3
    assert memory.add(make_verdict(60, "camera-0")) is False
    assert len(memory._seen) == 50


def test_oversized_pictures_are_not_kept() -> None:
    memory = Memory()
    memory.add(
        replace(make_verdict(1), thumbnail=b"\xff" * 1_000_001, heatmap=Heatmap(1, 100_000, b"x" * 100_000))
    )
    (kept,) = memory.recent()
    assert (kept.thumbnail, kept.heatmap.cells) == (b"", b"")


def test_an_old_report_changes_nothing() -> None:
    memory = Memory()
    memory.report(make_report(reported_at=START + 2))
    memory.report(make_report(reported_at=START + 1))
    (camera,) = memory.cameras()
    assert camera.report is not None
    assert camera.report.reported_at == START + 2


def test_behind_since_the_first_report_of_a_slab_without_verdict() -> None:
    memory = Memory()
    memory.add(make_verdict(10))
    for second, captured in ((0, 10), (1, 11), (2, 13), (3, 15)):
        memory.report(make_report(reported_at=START + second * SECOND, captured=captured))
    assert memory.cameras()[0].behind_since == START + SECOND
    memory.add(make_verdict(12))
    assert memory.cameras()[0].behind_since == START + 2 * SECOND
    memory.add(make_verdict(15))
    assert memory.cameras()[0].behind_since is None


def test_a_new_spool_is_not_behind() -> None:
    memory = Memory()
    memory.add(make_verdict(10))
    memory.report(make_report(reported_at=START, captured=11))
    memory.report(make_report(reported_at=START + SECOND, captured=1))
    assert memory.cameras()[0].behind_since is None
