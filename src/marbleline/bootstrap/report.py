"""A shift report: which shift, its figures from the store, and the file."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from marbleline.console.i18n.locale import Locale
from marbleline.console.state.report_figures import ReportFigures, query_report
from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift
from marbleline.errors import SettingError
from marbleline.settings.configuration import Configuration
from marbleline.settings.console import ConsoleSettings
from marbleline.settings.line import LineSettings
from marbleline.settings.report import ReportSettings

if TYPE_CHECKING:
    from marbleline.ports.store import Store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """``title`` in words, ``pdf`` the file; ``name`` is a name for the file."""

    figures: ReportFigures
    title: str
    name: str
    pdf: bytes


def shift_of(configuration: Configuration, which: str, at: int) -> WorkShift:
    """The shift that ended ``last`` before ``at`` (microseconds UTC), the one ``running``, or that of a time
    such as 2026-11-27T06:00, on the plant's clock unless it has an offset.

    Raises SettingError for other words.
    """
    calendar = _calendar(configuration)
    running = calendar.shift(at)
    if which == "running":
        return running
    if which == "last":
        return calendar.before(running)
    try:
        moment = datetime.fromisoformat(which)
    except ValueError:
        raise SettingError(
            f"--of is {which!r}: allowed is last, running or a time such as 2026-11-27T06:00"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=calendar.zone) if calendar.zone else moment.astimezone()
    return calendar.shift((moment - _EPOCH) // timedelta(microseconds=1))


def make_report(configuration: Configuration, store: "Store", shift: WorkShift, at: int) -> ShiftReport:
    """Count in the store and draw; ``at``: now, microseconds UTC.

    Raises StoreUnavailable, and SettingError if the extra ``console`` is not installed.
    """
    try:
        from marbleline.console.pdf.shift_report import heading, shift_report
    except ImportError as error:
        raise SettingError("a report needs reportlab: pip install 'marbleline[console]'") from error
    calendar = _calendar(configuration)
    locale = Locale(configuration.read(ReportSettings).report_language, calendar.zone)
    line = configuration.read(LineSettings).line
    figures = query_report(store, line, shift, calendar, None)
    zone = str(calendar.zone) if calendar.zone is not None else locale.gettext("shift.machine_zone")
    pdf = shift_report(figures, zone, locale, at)
    name = f"{line}-{locale.moment(shift.since):%Y-%m-%d-%H%M}.pdf"
    return ShiftReport(figures, heading(figures, locale), name, pdf)


def _calendar(configuration: Configuration) -> ShiftCalendar:
    settings = configuration.read(ConsoleSettings)
    return ShiftCalendar(settings.console_time_zone, settings.console_shift_starts)
