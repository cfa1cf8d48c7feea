"""A shift report: which shift, its figures from the store, and the file."""

import threading
from contextlib import ExitStack, closing
from datetime import datetime
from typing import TYPE_CHECKING

from marbleline.bootstrap.adapters import open_sink
from marbleline.console.components.report_summary import report_summary
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.report_figures import ReportFigures, query_report
from marbleline.console.state.shift_calendar import ShiftCalendar, WorkShift
from marbleline.domain.clock import from_datetime
from marbleline.domain.notification import of_report
from marbleline.domain.report_file import ReportFile
from marbleline.errors import SettingError
from marbleline.operations.deliver import deliver
from marbleline.ports.sink import Sink
from marbleline.settings.configuration import Configuration
from marbleline.settings.console import ConsoleSettings
from marbleline.settings.line import LineSettings
from marbleline.settings.report import ReportSettings

if TYPE_CHECKING:
    from marbleline.ports.store import Store


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
    return calendar.shift(from_datetime(moment))


def make_report(
    configuration: Configuration, store: "Store", shift: WorkShift, at: int
) -> tuple[ReportFigures, ReportFile]:
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
    report = ReportFile(
        line=line,
        language=locale.language,
        title=heading(figures, locale),
        summary=report_summary(figures, locale),
        file_name=f"{line}-{locale.moment(shift.since):%Y-%m-%d-%H%M}.pdf",
        since=shift.since,
        until=shift.until,
        made_at=at,
        pdf=pdf,
    )
    return figures, report


def open_receivers(configuration: Configuration) -> dict[str, Sink]:
    """Everybody whom ``report_to`` names. Raises SettingError if that is nobody, or as their adapters."""
    receivers = configuration.read(ReportSettings).report_to
    if not receivers:
        raise SettingError(
            "report_to is empty: name who gets the report, as NAME=smtps://HOST/TO or https://..."
        )
    return {one.name: open_sink(configuration, one.name, one.address) for one in receivers}


def send_report(configuration: Configuration, sinks: dict[str, Sink], report: ReportFile) -> dict[str, str]:
    """Returns who did not get it, each with the reason. Closes the sinks."""
    give_up_s = configuration.read(ReportSettings).report_give_up_s
    with ExitStack() as opened:
        for sink in sinks.values():
            opened.enter_context(closing(sink))
        return deliver(of_report(report), sinks, give_up_s, threading.Event())


def _calendar(configuration: Configuration) -> ShiftCalendar:
    settings = configuration.read(ConsoleSettings)
    return ShiftCalendar(settings.console_time_zone, settings.console_shift_starts)
