"""What a sink is sent, and back to what it was made of."""

import json

from msgspec.structs import replace

from marbleline.domain.alarm import Alarm
from marbleline.domain.notification import alarm_of, of_alarm, of_report, report_of
from marbleline.domain.report_file import ReportFile
from tests.builders import SECOND, START

REPORT = ReportFile(
    "line-1",
    "en",
    "line-1: shift report",
    "Yield: 93 %",
    "a.pdf",
    START,
    START + SECOND,
    START + SECOND,
    b"%PDF",
)


def test_an_alarm_comes_back_as_it_was_sent() -> None:
    alarm = Alarm("line-1", "gate", "reject", True, START, "no answer", "look at its cable")
    assert alarm_of(of_alarm(alarm)) == alarm


def test_a_report_comes_back_as_it_was_sent_and_is_typed_for_webhooks() -> None:
    notification = of_report(REPORT)
    assert report_of(notification) == REPORT
    body = json.loads(notification.body)
    assert (body["type"], body["id"]) == ("report.shift", notification.notification_id)
    assert (notification.event, notification.topic) == ("report", "line-1/reports/shift")


def test_a_shift_has_one_id_however_often_it_is_reported() -> None:
    again = replace(REPORT, made_at=START + 9 * SECOND, language="it", title="altro")
    assert of_report(again).notification_id == of_report(REPORT).notification_id
    other = replace(REPORT, since=START + 1)
    assert of_report(other).notification_id != of_report(REPORT).notification_id
