"""A notification: what a sink is sent of one verdict or alarm, as JSON."""

from dataclasses import dataclass, field

from msgspec import Raw

from marbleline.domain.alarm import Alarm
from marbleline.domain.clock import Time
from marbleline.domain.frame import sha256_hex
from marbleline.domain.report_file import ReportFile
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import WireStruct


@dataclass(frozen=True, slots=True)
class Notification:
    """``notification_id`` stays the same however often it is sent, so that a receiver can tell a repetition.

    ``event`` is good, faulty, review, slab, alarm or report; ``at`` when it happened (microseconds UTC).
    ``topic`` is its subject, words from general to special with a slash between them; the first is the line.
    """

    notification_id: str
    event: str
    at: int
    topic: str
    body: bytes = field(repr=False)


class _Body(WireStruct, frozen=True):
    """What is sent: Standard Webhooks' ``type``, ``timestamp`` and ``data``, and the notification's id."""

    id: str
    type: str
    timestamp: Time
    data: Raw


def of_verdict(verdict: Verdict) -> Notification:
    """The notification of a verdict: type ``verdict.<decision>``, data the verdict's document."""
    event, at, notification_id = verdict.decision.value, verdict.stages.decided_at, verdict.frame.frame_id
    body = _Body(notification_id, f"verdict.{event}", at, Raw(verdict.to_json()))
    topic = f"{verdict.frame.line}/verdicts/{verdict.frame.camera}/{event}"
    return Notification(notification_id, event, at, topic, body.to_json())


def of_slab_verdict(slab: SlabVerdict) -> Notification:
    """The notification of a slab verdict: type ``slab.<decision>``, data the slab verdict's document."""
    decision = slab.decision.value
    body = _Body(slab.slab_verdict_id, f"slab.{decision}", slab.decided_at, Raw(slab.to_json()))
    topic = f"{slab.line}/slabs/{decision}"
    return Notification(slab.slab_verdict_id, "slab", slab.decided_at, topic, body.to_json())


def of_alarm(alarm: Alarm) -> Notification:
    """The notification of an alarm: type ``alarm.raised`` or ``alarm.cleared``, data the alarm's document."""
    notification_id = alarm_notification_id(alarm)
    kind = "alarm.raised" if alarm.raised else "alarm.cleared"
    body = _Body(notification_id, kind, alarm.at, Raw(alarm.to_json()))
    topic = f"{alarm.line}/alarms/{alarm.kind}"
    return Notification(notification_id, "alarm", alarm.at, topic, body.to_json())


def alarm_notification_id(alarm: Alarm) -> str:
    """One for each change of an alarm."""
    return sha256_hex(f"{alarm.alarm_id}/{alarm.at:d}/{alarm.raised}".encode())[:32]


def alarm_of(notification: Notification) -> Alarm:
    """The alarm that ``of_alarm`` was given. Raises WireError if the body is another one's."""
    return Alarm.from_json(bytes(_Body.from_json(notification.body).data))


def of_report(report: ReportFile) -> Notification:
    """The notification of a shift's report: type ``report.shift``, data the report's document.

    However often a shift is reported, in whatever language, it has one id.
    """
    notification_id = sha256_hex(f"{report.line}/report/{report.since:d}/{report.until:d}".encode())[:32]
    body = _Body(notification_id, "report.shift", report.made_at, Raw(report.to_json()))
    return Notification(
        notification_id, "report", report.made_at, f"{report.line}/reports/shift", body.to_json()
    )


def report_of(notification: Notification) -> ReportFile:
    """The report that ``of_report`` was given. Raises WireError if the body is another one's."""
    return ReportFile.from_json(bytes(_Body.from_json(notification.body).data))
