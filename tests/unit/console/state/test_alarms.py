"""What has to be acted on is found in a snapshot, and each alarm says what to do in every language."""

from dataclasses import replace

import msgspec
import pytest

from marbleline.console.components import alarms as parts
from marbleline.console.i18n.catalogues import LANGUAGES
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.alarms import LAG_AFTER_US, LATE_FROM, SPOOL_FROM, active_alarms
from marbleline.console.state.snapshot import (
    CameraView,
    ConnectionState,
    ConnectionStatus,
    FeedCounters,
    Snapshot,
)
from marbleline.domain.alarm import DRIFT, GOLDEN_SAMPLE, Alarm
from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.domain.records import CameraReport, CameraState
from marbleline.ports.inventory import Depth
from marbleline.ports.topology import ENCODED, FRAMES, VERDICT_RECORDS, Queue
from tests.builders import SECOND, START, make_report, make_verdict

LIVE = ConnectionStatus(ConnectionState.CONNECTED, START)
NOW = START + 10 * SECOND


def make_snapshot(**changes: object) -> Snapshot:
    fine = CameraView("camera-1", make_report(reported_at=NOW), make_verdict(1))
    made = Snapshot("line-1", NOW, LIVE, LIVE, (), (fine,), None, None, FeedCounters())
    return replace(made, **changes)  # type: ignore[arg-type]


def kinds(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(found.kind, found.subject) for found in active_alarms(snapshot)]


def camera(**changes: object) -> CameraView:
    report = msgspec.structs.replace(make_report(reported_at=NOW), **changes)  # type: ignore[arg-type]
    return CameraView("camera-1", report, make_verdict(1))


def test_nothing_is_wrong_with_a_line_that_is_fine() -> None:
    assert kinds(make_snapshot(queues={ENCODED.name: Depth(3, 1, NOW - SECOND)})) == []
    ended = make_snapshot(cameras=(camera(state=CameraState.ENDED),))
    assert kinds(ended) == [], "a source that has no more pictures is no alarm"


@pytest.mark.parametrize("state", [CameraState.OFFLINE, CameraState.STALLED, CameraState.FULL])
def test_a_camera_that_gives_no_pictures_is_an_alarm(state: CameraState) -> None:
    assert kinds(make_snapshot(cameras=(camera(state=state),))) == [("camera", "camera-1")]


def test_a_silent_camera_is_an_alarm_and_a_console_that_is_cut_off_blames_no_camera() -> None:
    silent = make_snapshot(cameras=(camera(reported_at=NOW - 6 * SECOND),))
    assert kinds(silent) == [("camera", "camera-1")]
    assert kinds(replace(silent, broker=LIVE.failed(NOW, "x"))) == []


def test_a_filling_spool_and_dead_letters_are_alarms() -> None:
    ledger = Ledger((LedgerEntry("camera-1", 9, 7, 0, 2, 0, 0),), START)
    found = make_snapshot(cameras=(camera(spooled=SPOOL_FROM),), ledger=ledger)
    assert kinds(found) == [("spool", "camera-1"), ("dead_letters", "")]
    assert kinds(make_snapshot(cameras=(camera(spooled=SPOOL_FROM - 1),))) == []


def test_lag_is_a_hot_queue_whose_oldest_has_waited() -> None:
    old = NOW - LAG_AFTER_US - 1
    assert kinds(make_snapshot(queues={ENCODED.name: Depth(3, 0, old)})) == [("lag", "encoded")]
    assert kinds(make_snapshot(queues={ENCODED.name: Depth(3, 0, None)})) == []
    record = make_snapshot(queues={VERDICT_RECORDS.name: Depth(3, 0, old)})
    assert kinds(record) == [], "the record may lag: verdicts don't wait for it"


def waiting(*names: str, report: CameraReport | None = None) -> tuple[CameraView, ...]:
    """Cameras whose pictures come and get no verdicts."""
    report = report or make_report(reported_at=NOW)
    behind = NOW - 6 * SECOND
    return tuple(
        CameraView(name, msgspec.structs.replace(report, camera=name), None, behind) for name in names
    )


EIGHT = tuple(f"camera-{number}" for number in range(1, 9))


@pytest.mark.parametrize("queue", [FRAMES, ENCODED])
def test_a_worker_that_is_down_is_one_alarm_and_not_one_for_each_camera(queue: Queue) -> None:
    late = tuple(make_verdict(number, decided_after_ms=2_500) for number in range(LATE_FROM))
    depths = {queue.name: Depth(80, 0, NOW - LAG_AFTER_US - 1)}
    (found,) = active_alarms(make_snapshot(cameras=waiting(*EIGHT), queues=depths, recent=late))
    assert (found.kind, found.subject, found.affected) == ("lag", queue.name, EIGHT)


def test_cameras_without_verdicts_are_one_alarm_where_the_queues_do_not_say_why() -> None:
    (found,) = active_alarms(make_snapshot(cameras=waiting(*EIGHT)))
    assert (found.kind, found.remedy, found.affected) == ("no_verdicts", "behind", EIGHT)
    assert kinds(make_snapshot(cameras=waiting("camera-1"))) == [("camera", "camera-1")]


def test_a_broken_camera_stays_an_alarm_of_its_own_beside_a_worker_that_is_down() -> None:
    broken = msgspec.structs.replace(
        make_report(reported_at=NOW), camera="camera-9", state=CameraState.OFFLINE
    )
    cameras = (*waiting("camera-1", "camera-2"), CameraView("camera-9", broken, None))
    depths = {ENCODED.name: Depth(80, 0, NOW - LAG_AFTER_US - 1)}
    found = kinds(make_snapshot(cameras=cameras, queues=depths))
    assert found == [("camera", "camera-9"), ("lag", "encoded")]


def test_spools_that_fill_together_are_one_alarm() -> None:
    report = make_report(reported_at=NOW)
    cameras = tuple(
        CameraView(name, msgspec.structs.replace(report, camera=name, spooled=SPOOL_FROM), make_verdict(1))
        for name in EIGHT
    )
    (found,) = active_alarms(make_snapshot(cameras=cameras))
    assert (found.kind, found.values, found.affected) == ("spools", {"number": 8}, EIGHT)


def test_late_verdicts_are_an_alarm_while_they_are_of_now() -> None:
    late = tuple(make_verdict(number, decided_after_ms=2_500) for number in range(LATE_FROM))
    assert kinds(make_snapshot(recent=late)) == [("late", "")]
    assert kinds(make_snapshot(recent=late[1:])) == []
    assert kinds(make_snapshot(recent=late, taken_at=NOW + 600 * SECOND, cameras=())) == []


def test_the_records_alarms_count_while_they_are_raised() -> None:
    raised = Alarm("line-1", DRIFT, "camera-2", True, START, "brightness moved by 30", "")
    assert kinds(make_snapshot(alarms=(raised,))) == [("drift", "camera-2")]
    assert kinds(make_snapshot(alarms=(msgspec.structs.replace(raised, raised=False),))) == []


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_each_says_what_to_do(language: str) -> None:
    locale = Locale(language)
    ledger = Ledger((LedgerEntry("camera-1", 9, 7, 0, 2, 0, 0),), START)
    late = tuple(make_verdict(number, decided_after_ms=2_500) for number in range(LATE_FROM))
    every = make_snapshot(
        cameras=(camera(state=CameraState.OFFLINE), camera(spooled=SPOOL_FROM)),
        alarms=tuple(
            Alarm("line-1", kind, "c", True, START, "why", "what") for kind in (DRIFT, GOLDEN_SAMPLE, "new")
        ),
        queues={ENCODED.name: Depth(3, 0, START)},
        ledger=ledger,
    )
    together = make_snapshot(cameras=waiting("camera-1", "camera-2"), recent=late)
    found = (*active_alarms(every), *active_alarms(together))
    assert {alarm.kind for alarm in found} == {
        *("camera", "spool", "drift", "golden_sample", "new", "lag", "late", "dead_letters", "no_verdicts")
    }
    for alarm in found:
        assert "{" not in parts.words(alarm, locale, NOW)
        if alarm.kind != "new":
            assert locale.has(f"remedy.{alarm.remedy}")
    markup = parts.alarms(found, locale, NOW)
    assert str(len(found) - parts.MOST_SHOWN) in markup, "the others are counted"
