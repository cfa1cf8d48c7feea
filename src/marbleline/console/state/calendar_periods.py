"""Days, weeks and months on the plant's clock, as spans of time."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift
from marbleline.domain.clock import to_datetime
from marbleline.ports.verdict_statistics import Period


class CalendarUnit(StrEnum):
    """Length of a period. Weeks begin on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def last_periods(unit: CalendarUnit, count: int, at: int, zone: tzinfo | None) -> list[Period]:
    """The period that a moment (microseconds UTC) belongs to and those before it, oldest first.

    ``zone``: None for this machine's. A day on which the clocks change is an hour longer or shorter.
    """
    starts = [_following(unit, to_datetime(at).astimezone(zone).date())]
    while len(starts) <= count:
        starts.append(_start(unit, starts[-1] - timedelta(days=1)))
    moments = [_midnight(day, zone) for day in reversed(starts)]
    return [Period(since, until) for since, until in pairwise(moments)]


def shifts_in(calendar: ShiftCalendar, period: Period, zone: tzinfo | None) -> Iterator[WorkShift]:
    """The shifts that begin in a period, in order."""
    shift = calendar.shift(period.since, zone)
    if shift.since < period.since:
        shift = calendar.shift(shift.until, zone)
    while shift.since < period.until:
        yield shift
        shift = calendar.shift(shift.until, zone)


def _start(unit: CalendarUnit, day: date) -> date:
    if unit is CalendarUnit.DAY:
        return day
    return day - timedelta(days=day.weekday()) if unit is CalendarUnit.WEEK else day.replace(day=1)


def _following(unit: CalendarUnit, day: date) -> date:
    """Where the period after that of the day begins."""
    longest = {CalendarUnit.DAY: 1, CalendarUnit.WEEK: 7, CalendarUnit.MONTH: 31}[unit]
    return _start(unit, _start(unit, day) + timedelta(days=longest))


def _midnight(day: date, zone: tzinfo | None) -> int:
    wall = datetime(day.year, day.month, day.day, tzinfo=zone)
    there = wall if zone is not None else wall.astimezone()
    return round(there.timestamp()) * 1_000_000
