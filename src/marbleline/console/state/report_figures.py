"""What a shift report says: the shift by hour and camera, the shifts before it, labels, and its alarms."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Protocol

from marbleline.console.state.alarm_episodes import AlarmEpisode, query_episodes
from marbleline.console.state.quality_figures import (
    GroupBy,
    QualityFigures,
    QualityStore,
    Span,
    query_quality,
)
from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift
from marbleline.console.state.shift_figures import HOUR
from marbleline.domain.quality_rates import Tally, add_up
from marbleline.ports.annotations import AlarmHistory
from marbleline.ports.verdict_statistics import Period
from marbleline.ports.verdicts import VerdictQuery

SHIFTS: Final = 21
"""Shifts that are compared, this one included: a week of three a day."""


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """``hours``: the shift by hour and camera, with its labels; ``shifts``: it and those before, in order.

    ``all_alarms_read``: False if there were too many to read all of them
    """

    line: str
    shift: WorkShift
    hours: QualityFigures
    shifts: tuple[tuple[Period, Tally], ...]
    alarms: tuple[AlarmEpisode, ...]
    all_alarms_read: bool

    @property
    def whole(self) -> Tally:
        """The shift."""
        return add_up(self.hours.of(None))

    @property
    def before(self) -> Tally:
        """The shift before it."""
        return self.shifts[-2][1]

    @property
    def empty(self) -> bool:
        """Whether nothing was judged and no alarm was active: a shift in which nobody worked."""
        return not self.whole.total and not self.alarms


class ReportStore(QualityStore, AlarmHistory, Protocol):
    """What a report asks of the store."""


def query_report(
    store: ReportStore, line: str, shift: WorkShift, calendar: ShiftCalendar, zone: tzinfo | None
) -> ReportFigures:
    """Ask the store: two counts, the labels and the alarms. ``zone`` is used if the calendar has none.

    Raises StoreUnavailable.
    """
    hours = query_quality(store, line, GroupBy.CAMERA, [Span(hour, hour) for hour in hours_of(shift)])
    shifts = [shift]
    while len(shifts) < SHIFTS:
        shifts.append(calendar.before(shifts[-1], zone))
    periods = [Period(one.since, one.until) for one in reversed(shifts)]
    tallies: defaultdict[int, list[Tally]] = defaultdict(list)
    for one in store.count_by_period(VerdictQuery(line=line), periods, None):
        tallies[one.since].append(Tally({one.decision: one.count}, one.late))
    alarms, whole = query_episodes(store, line, shift.since, shift.until)
    counted = tuple((period, add_up(tallies[period.since])) for period in periods)
    return ReportFigures(line, shift, hours, counted, alarms, whole)


def hours_of(shift: WorkShift) -> list[Period]:
    """The shift's hours, counted from its begin; the last one may be shorter."""
    starts = range(shift.since, shift.until, HOUR)
    return [Period(since, min(since + HOUR, shift.until)) for since in starts]
