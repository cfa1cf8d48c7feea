"""Shifts on the plant's clock, over midnight and over a change of the clocks."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift

ROME = ZoneInfo("Europe/Rome")
PLANT = ShiftCalendar(ROME, (time(6), time(14), time(22)))
HOUR = 3_600_000_000


def at(text: str, zone: ZoneInfo = ROME) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000


def test_a_moment_belongs_to_the_shift_that_began_last() -> None:
    assert PLANT.shift(at("2026-11-24T13:59:59")) == WorkShift(at("2026-11-24T06:00"), at("2026-11-24T14:00"))
    assert PLANT.shift(at("2026-11-24T14:00")) == WorkShift(at("2026-11-24T14:00"), at("2026-11-24T22:00"))


def test_the_last_shift_of_a_day_goes_over_midnight() -> None:
    night = WorkShift(at("2026-11-23T22:00"), at("2026-11-24T06:00"))
    assert PLANT.shift(at("2026-11-24T03:00")) == night
    assert PLANT.before(PLANT.shift(at("2026-11-24T09:00"))) == night


def test_a_shift_over_the_change_of_clocks_is_as_long_as_it_was() -> None:
    autumn = PLANT.shift(at("2026-10-25T01:00"))
    assert autumn.until - autumn.since == 9 * HOUR
    spring = PLANT.shift(at("2026-03-29T01:00"))
    assert spring.until - spring.since == 7 * HOUR


def test_a_plant_with_one_start_has_shifts_of_a_day() -> None:
    shift = ShiftCalendar(ROME, (time(6),)).shift(at("2026-11-24T05:00"))
    assert shift == WorkShift(at("2026-11-23T06:00"), at("2026-11-24T06:00"))


def test_the_viewers_zone_counts_where_the_plant_has_none() -> None:
    floating = ShiftCalendar(None, (time(6), time(18)))
    tokyo = ZoneInfo("Asia/Tokyo")
    assert floating.shift(at("2026-11-24T07:00", tokyo), tokyo).since == at("2026-11-24T06:00", tokyo)
    here = datetime.fromtimestamp(floating.shift(at("2026-11-24T12:00")).since / 1e6, UTC).astimezone()
    assert (here.hour, here.minute) in ((6, 0), (18, 0))
