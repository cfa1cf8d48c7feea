"""The plant's shifts: its time zone and when its shifts begin."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from marbleline.domain.clock import to_datetime


@dataclass(frozen=True, slots=True)
class WorkShift:
    """From ``since`` to before ``until``, microseconds UTC."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class ShiftCalendar:
    """``zone``: None where the settings name none; then each viewer's own is taken.

    ``starts``: times of day at which shifts begin, at least one; the last one of a day goes on until the
    first of the next.
    """

    zone: tzinfo | None
    starts: tuple[time, ...]

    def shift(self, at: int, zone: tzinfo | None = None) -> WorkShift:
        """The shift that a moment (microseconds UTC) belongs to; ``zone`` is used if the calendar has none.

        A shift over a change of the clocks is an hour longer or shorter, as it is for those who work it.
        """
        moment = to_datetime(at).astimezone(self.zone or zone)
        days = [moment.date() + timedelta(days=day) for day in (-1, 0, 1)]
        begins = sorted(
            {self._begin(datetime.combine(day, start), zone) for day in days for start in self.starts}
        )
        since = max(begin for begin in begins if begin <= at)
        return WorkShift(since, min(begin for begin in begins if begin > at))

    def before(self, shift: WorkShift, zone: tzinfo | None = None) -> WorkShift:
        """The shift before that one."""
        return self.shift(shift.since - 1, zone)

    def begin(self, shift: WorkShift, zone: tzinfo | None = None) -> str:
        """When the shift begins on the plant's clock: ``HH:MM``."""
        moment = to_datetime(shift.since).astimezone(self.zone or zone)
        return f"{moment:%H:%M}"

    def _begin(self, wall: datetime, zone: tzinfo | None) -> int:
        there = wall.replace(tzinfo=self.zone or zone) if self.zone or zone else wall.astimezone()
        return round(there.timestamp()) * 1_000_000
