"""A notice: what a webhook is told of one verdict or alarm, as JSON."""

import json
from dataclasses import dataclass, field

from marbleline.domain.alarm import Alarm
from marbleline.domain.clock import to_iso
from marbleline.domain.frame import sha256_hex
from marbleline.domain.verdict import Verdict
from marbleline.domain.wire import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Notice:
    """``notice_id`` stays the same however often it is sent, so that a receiver can tell a repetition.

    ``event`` is faulty, review or alarm; ``at`` when it happened (microseconds UTC).
    """

    notice_id: str
    event: str
    at: int
    body: bytes = field(repr=False)


def of_verdict(verdict: Verdict) -> Notice:
    """The notice of a verdict: type ``verdict.faulty`` or ``verdict.review``, data the verdict's document."""
    event, at = verdict.decision.value, verdict.stages.decided_at
    notice_id = verdict.frame.frame_id
    return Notice(notice_id, event, at, _body(notice_id, f"verdict.{event}", at, verdict.to_document()))


def of_alarm(alarm: Alarm) -> Notice:
    """The notice of an alarm: type ``alarm.raised`` or ``alarm.cleared``, data the alarm's document."""
    notice_id = alarm_notice_id(alarm)
    kind = "alarm.raised" if alarm.raised else "alarm.cleared"
    return Notice(notice_id, "alarm", alarm.at, _body(notice_id, kind, alarm.at, alarm.to_document()))


def alarm_notice_id(alarm: Alarm) -> str:
    """One for each change of an alarm."""
    return sha256_hex(f"{alarm.alarm_id}/{alarm.at}/{alarm.raised}".encode())[:32]


def _body(notice_id: str, kind: str, at: int, data: dict[str, object]) -> bytes:
    fields = {
        "schema_version": SCHEMA_VERSION,
        "id": notice_id,
        "type": kind,
        "timestamp": to_iso(at),
        "data": data,
    }
    return json.dumps(fields, separators=(",", ":")).encode()
