"""Alarms that the console found, in the words that others are told."""

import pytest

from marbleline.domain.alarm import CALIBRATION, DAMAGED, DRIFT, GATE, GOLDEN_SAMPLE
from marbleline.domain.alarm_event import AlarmAction, AlarmEvents
from marbleline.domain.alarm_severity import SEVERITIES
from marbleline.domain.frame import FrameIds
from marbleline.domain.line_alarm import alarm_of_event
from tests.builders import START

EVENTS = AlarmEvents("line-1", FrameIds(lambda: START))
BY_WORKERS = {CALIBRATION, DAMAGED, DRIFT, GATE, GOLDEN_SAMPLE}


def test_it_says_which_what_and_what_to_do() -> None:
    event = EVENTS.by_line(AlarmAction.RAISED, "camera", "saw", START, "not reachable: timed out")
    alarm = alarm_of_event(event)
    assert (alarm.line, alarm.kind, alarm.subject, alarm.raised, alarm.at) == (
        "line-1",
        "camera",
        "saw",
        True,
        START,
    )
    assert alarm.cause == "camera saw needs attention: not reachable: timed out"
    assert "cable" in alarm.remedy


def test_one_that_has_returned_says_so() -> None:
    alarm = alarm_of_event(EVENTS.by_line(AlarmAction.RETURNED, "lag", "encoded", START))
    assert (alarm.raised, alarm.cause) == (False, "it was there, and is gone")


@pytest.mark.parametrize("kind", sorted(SEVERITIES.keys() - BY_WORKERS))
def test_every_kind_that_the_console_finds_has_words_and_a_remedy_of_its_own(kind: str) -> None:
    alarm = alarm_of_event(EVENTS.by_line(AlarmAction.RAISED, kind, "x", START, "why"))
    other = alarm_of_event(EVENTS.by_line(AlarmAction.RAISED, "of tomorrow", "x", START, "why"))
    assert other.cause == "of tomorrow x: why"
    assert alarm.remedy != other.remedy
    assert alarm.cause not in (f"{kind} x: why", "x: why")
