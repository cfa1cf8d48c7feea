"""Old pictures are known as old."""

import pytest

from marbleline.console.state.freshness import Freshness, age, camera_status, clock_ahead
from marbleline.console.state.snapshot import CameraView, ConnectionState, ConnectionStatus
from marbleline.domain.records import CameraState
from tests.builders import SECOND, START, make_report, make_verdict

LIVE = ConnectionStatus(ConnectionState.CONNECTED, START)
LAST = make_verdict(10)
REPORT = make_report(reported_at=START)


@pytest.mark.parametrize(
    ("camera", "link", "after_s", "kind", "stale"),
    [
        (CameraView("c", REPORT, LAST), LIVE, 0, Freshness.ONLINE, False),
        (CameraView("c", REPORT, LAST), LIVE, 5, Freshness.ONLINE, False),
        (CameraView("c", REPORT, LAST), LIVE, 5.1, Freshness.SILENT, True),
        (CameraView("c", REPORT, None), LIVE, 0, Freshness.WAITING, False),
        (CameraView("c", None, LAST), LIVE, 0, Freshness.NOT_REPORTED, True),
        (CameraView("c", REPORT, LAST), LIVE.failed(START, "gone"), 0, Freshness.DISCONNECTED, True),
        (
            CameraView("c", REPORT, LAST),
            ConnectionStatus(ConnectionState.CONNECTING, START),
            0,
            Freshness.DISCONNECTED,
            True,
        ),
        (CameraView("c", REPORT, LAST, START - 4 * SECOND), LIVE, 0, Freshness.ONLINE, False),
        (CameraView("c", REPORT, LAST, START - 6 * SECOND), LIVE, 0, Freshness.BEHIND, True),
    ],
)
def test_state(
    camera: CameraView, link: ConnectionStatus, after_s: float, kind: Freshness, stale: bool
) -> None:
    state = camera_status(camera, link, START + round(after_s * SECOND))
    assert (state.kind, state.stale) == (kind, stale)


@pytest.mark.parametrize("told", [state for state in CameraState if state is not CameraState.ONLINE])
def test_a_camera_that_says_it_has_none_is_stale(told: CameraState) -> None:
    state = camera_status(CameraView("c", make_report(state=told, detail="no signal"), LAST), LIVE, START)
    assert (state.kind.value, state.stale, state.detail) == (told.value, True, "no signal")


def test_a_clock_that_is_ahead_makes_no_negative_age() -> None:
    assert age(START + SECOND, START) == 0
    assert clock_ahead(START + 3 * SECOND, START)
    assert not clock_ahead(START + SECOND, START)


def test_link_tells_since_when() -> None:
    away = LIVE.failed(START + 5, "reset").failed(START + 9, "no route")
    assert (away.state, away.since, away.detail) == (ConnectionState.DISCONNECTED, START + 5, "no route")
    back = away.succeeded(START + 20)
    assert (back.since, back.reconnected_at) == (START + 20, START + 20)
    assert back.succeeded(START + 30) is back
    assert ConnectionStatus(ConnectionState.CONNECTING, START).succeeded(START + 1).reconnected_at is None
