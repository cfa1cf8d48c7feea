"""A shift of eight hours with two cameras, labels and alarms, as a report's figures."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from marbleline.console.state.alarm_episodes import AlarmEpisode
from marbleline.console.state.quality_figures import GroupBy, Span, quality_figures
from marbleline.console.state.report_figures import ReportFigures, hours_of
from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift
from marbleline.domain.quality_rates import Tally
from marbleline.ports.verdict_statistics import Period, PeriodCount

HOUR = 3_600_000_000
CALENDAR = ShiftCalendar(UTC, (time(6), time(14), time(22)))
SINCE = round(datetime(2026, 11, 27, 6, tzinfo=UTC).timestamp()) * 1_000_000
SHIFT = WorkShift(SINCE, SINCE + 8 * HOUR)


def counts(faulty_of_hour: tuple[int, ...]) -> Iterator[PeriodCount]:
    """Of each hour 400 slabs of two cameras, with so many faulty ones of the first."""
    for hour, faulty in zip(hours_of(SHIFT), faulty_of_hour, strict=False):
        yield PeriodCount(hour.since, "camera-1", "good", "", 190 - faulty, 1)
        yield PeriodCount(hour.since, "camera-1", "faulty", "crack", faulty, 0)
        yield PeriodCount(hour.since, "camera-1", "review", "", 10, 0)
        yield PeriodCount(hour.since, "camera-2", "good", "", 195, 0)
        yield PeriodCount(hour.since, "camera-2", "faulty", "dot", 5, 0)


def report_figures(
    faulty: tuple[int, ...] = (6, 7, 5, 60, 8, 6, 7, 5), alarms: tuple[AlarmEpisode, ...] | None = None
) -> ReportFigures:
    """The figures; without ``faulty`` nothing was judged. ``alarms``: None for three of them."""
    spans = [Span(hour, hour) for hour in hours_of(SHIFT)]
    shifts = [SHIFT]
    while len(shifts) < 21:
        shifts.append(CALENDAR.before(shifts[-1]))
    told = tuple(
        (
            Period(one.since, one.until),
            Tally({"good": 3000 - 10 * (place % 5), "faulty": 90 + 7 * (place % 4)}),
        )
        for place, one in enumerate(reversed(shifts))
    )
    if alarms is None:
        alarms = (
            AlarmEpisode("drift", "camera-1", None, SINCE + HOUR, "ayşe"),
            AlarmEpisode("camera", "camera-2", SINCE + HOUR, SINCE + 2 * HOUR, "Anna & <Bert>"),
            AlarmEpisode("lag", "encoded", SINCE + 5 * HOUR),
        )
    hours = quality_figures(GroupBy.CAMERA, spans, counts(faulty), [])
    return ReportFigures("line-1", SHIFT, hours, told, alarms, True)
