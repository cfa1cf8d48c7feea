"""What the console records as an alarm's cause."""

import pytest

from marbleline.console.state.alarm_causes import recorded_cause
from marbleline.console.state.alarms import ActiveAlarm
from marbleline.console.state.freshness import CameraStatus, Freshness

OFFLINE = CameraStatus(Freshness.OFFLINE, None, "timed out")
SILENT = CameraStatus(Freshness.SILENT, None)


@pytest.mark.parametrize(
    ("alarm", "said"),
    [
        (ActiveAlarm("drift", "drift", cause="mean anomaly 4.2"), "mean anomaly 4.2"),
        (ActiveAlarm("camera", "offline", "saw", status=OFFLINE), "not reachable: timed out"),
        (ActiveAlarm("camera", "silent", "saw", status=SILENT), "its process does not report"),
        (ActiveAlarm("spool", "spool", "saw", values={"number": 60}), "60 slabs"),
        (ActiveAlarm("spools", "spool", values={"number": 2}, affected=("a", "b")), "a, b"),
        (ActiveAlarm("no_verdicts", "behind", values={"number": 2}, affected=("a", "b")), "a, b"),
        (ActiveAlarm("lag", "lag", "encoded", values={"waits": 7_400_000}), "the oldest for 7 s"),
        (
            ActiveAlarm("lag", "lag", "encoded", values={"waits": 7_400_000}, affected=("a",)),
            "the oldest for 7 s; no verdicts for a",
        ),
        (ActiveAlarm("late", "late", values={"number": 3, "of": 20}), "3 of the last 20"),
        (ActiveAlarm("dead_letters", "dead_letters", values={"number": 4}), "4 dead letters"),
        (ActiveAlarm("of tomorrow", "x"), ""),
    ],
    ids=lambda one: one.kind if isinstance(one, ActiveAlarm) else "",
)
def test_it_has_the_figures(alarm: ActiveAlarm, said: str) -> None:
    assert recorded_cause(alarm) == said
