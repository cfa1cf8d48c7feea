"""What a report says of blind time, and what a missing report says."""

import msgspec
import pytest

from marbleline.domain.blind_time import blind_time
from marbleline.domain.records import BlindCause, CameraState
from tests.builders import SECOND, START, make_report

REPORT = msgspec.structs.replace(
    make_report(), watched_since=START, blind_restart_ms=1_500, blind_spool_full_ms=500, interval_ms=200
)


def test_seconds_by_cause_and_about_how_many_pictures() -> None:
    found = blind_time(REPORT, START + SECOND)
    assert found.by_cause_s == {BlindCause.RESTART: 1.5, BlindCause.SPOOL_FULL: 0.5}
    assert (found.total_s, found.missed_about) == (2.0, 10)


def test_an_irregular_camera_has_no_guess() -> None:
    assert blind_time(msgspec.structs.replace(REPORT, interval_ms=None), START).missed_about is None


def test_a_camera_without_a_report_may_be_blind() -> None:
    found = blind_time(REPORT, START + 60 * SECOND)
    assert (found.unreported_s, found.total_s) == (60.0, 62.0)


@pytest.mark.parametrize(("state", "since"), [(CameraState.ENDED, START), (CameraState.ONLINE, None)])
def test_one_that_ended_or_does_not_count_is_not(state: CameraState, since: int | None) -> None:
    report = msgspec.structs.replace(REPORT, state=state, watched_since=since)
    assert blind_time(report, START + 60 * SECOND).unreported_s == 0


def test_a_report_from_the_future_is_no_blind_time() -> None:
    assert blind_time(REPORT, START - 3600 * SECOND).unreported_s == 0
