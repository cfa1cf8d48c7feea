"""Days, weeks and months on the plant's clock, over a change of the clocks too."""

from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from marbleline.console.state.calendar_periods import CalendarUnit, last_periods, shifts_in
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.ports.verdict_statistics import Period

ROME = ZoneInfo("Europe/Rome")
HOUR = 3_600_000_000


def at(*wall: int) -> int:
    """A moment on Rome's clock, microseconds UTC."""
    return round(datetime(*wall, tzinfo=ROME).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]


def begins(periods: list[Period]) -> list[str]:
    return [f"{datetime.fromtimestamp(one.since / 1e6, UTC).astimezone(ROME):%m-%d %H:%M}" for one in periods]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (CalendarUnit.DAY, ["10-24 00:00", "10-25 00:00", "10-26 00:00", "10-27 00:00"]),
        (CalendarUnit.WEEK, ["10-06 00:00", "10-13 00:00", "10-20 00:00", "10-27 00:00"]),
        (CalendarUnit.MONTH, ["07-01 00:00", "08-01 00:00", "09-01 00:00", "10-01 00:00"]),
    ],
)
def test_the_running_period_and_those_before_it(unit: CalendarUnit, expected: list[str]) -> None:
    moment = at(2025, 10, 27, 23, 59)
    found = last_periods(unit, 4, moment, ROME)
    assert begins(found) == expected
    assert found[-1].since <= moment < found[-1].until
    assert all(one.until == after.since for one, after in pairwise(found))


def test_the_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    found = last_periods(CalendarUnit.DAY, 2, at(2025, 10, 27, 8), ROME)
    assert [(one.until - one.since) // HOUR for one in found] == [25, 24]


def test_a_period_has_the_shifts_that_begin_in_it() -> None:
    calendar = ShiftCalendar(ROME, (time(6), time(14), time(22)))
    (day,) = last_periods(CalendarUnit.DAY, 1, at(2025, 6, 15, 12), ROME)
    found = list(shifts_in(calendar, day, None))
    assert [calendar.begin(shift) for shift in found] == ["06:00", "14:00", "22:00"]
    assert found[-1].until == at(2025, 6, 16, 6)


def test_every_shift_of_a_month_belongs_to_one_day() -> None:
    calendar = ShiftCalendar(ROME, (time(0), time(12)))
    days = last_periods(CalendarUnit.DAY, 31, at(2025, 10, 31, 12), ROME)
    shifts = [shift for day in days for shift in shifts_in(calendar, day, None)]
    assert len(shifts) == 62
    assert all(one.until == after.since for one, after in pairwise(shifts))
