"""The quality figures as files: CSV, and an Excel workbook (openpyxl)."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from marbleline.console.components.quality import chart_of
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.quality_figures import QualityFigures
from marbleline.domain.proportion import wilson_interval
from marbleline.domain.quality_rates import Rate

Row = tuple[str | int | float | None, ...]

_TREND: Final = (
    "line",
    "since",
    "until",
    "group",
    "slabs",
    *(f"{rate.value}_count" for rate in Rate),
    *(f"{rate.value}_{what}" for rate in Rate for what in ("share", "lower_limit", "upper_limit", "out")),
)
_DEFECTS: Final = ("line", "since", "until", "group", "defect", "slabs")
_LABELS: Final = (
    *("group", "overkill", "faulty_labelled", "overkill_share", "overkill_low", "overkill_high"),
    *("escapes", "good_labelled", "escape_share", "escape_low", "escape_high", "disputed"),
)


def as_csv(figures: QualityFigures, line: str, locale: Locale) -> str:
    """A line for each period and group, with shares from 0 to 1 and control limits.

    Times have their offset. It begins with a byte order mark, by which spreadsheets know UTF-8.
    """
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(_TREND)
    rows.writerows(map(_cell, row) for row in _trend(figures, line, locale))
    return "\ufeff" + out.getvalue()


def as_excel(figures: QualityFigures, line: str, locale: Locale) -> bytes:
    """A workbook with the sheets rates, defects and labels; texts are stored as texts, never as formulas."""
    from openpyxl import Workbook  # noqa: PLC0415 - only who downloads a workbook pays for it

    book = Workbook(write_only=True)
    for name, head, rows in (
        ("rates", _TREND, _trend(figures, line, locale)),
        ("defects", _DEFECTS, _defects(figures, line, locale)),
        ("labels", _LABELS, _labels(figures)),
    ):
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append(head)
        for row in rows:
            sheet.append([_cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    """A name that begins as a formula gets an apostrophe before it, as spreadsheets themselves do."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def _trend(figures: QualityFigures, line: str, locale: Locale) -> Iterator[Row]:
    for group in (None, *figures.tallies):
        tallies = figures.of(group)
        charts = {rate: chart_of(tallies, rate) for rate in Rate}
        for place, (period, tally) in enumerate(zip(figures.periods, tallies, strict=True)):
            if not tally.total:
                continue
            points = [charts[rate].points[place] for rate in Rate]
            limits = [
                value
                for point in points
                for value in (point.share, point.lower, point.upper, int(point.out_of_control))
            ]
            since, until = (locale.moment(at).isoformat() for at in (period.since, period.until))
            yield (line, since, until, group or "", tally.total, *map(tally.count, Rate), *limits)


def _defects(figures: QualityFigures, line: str, locale: Locale) -> Iterator[Row]:
    for group, tallies in figures.tallies.items():
        for period, tally in zip(figures.periods, tallies, strict=True):
            since, until = (locale.moment(at).isoformat() for at in (period.since, period.until))
            for defect, count in sorted(tally.defects.items()):
                yield (line, since, until, group, defect, count)


def _labels(figures: QualityFigures) -> Iterator[Row]:
    for group, found in sorted(figures.labelled.items()):
        row: list[str | int | float | None] = [group]
        for count, size in ((found.overkill, found.faulty), (found.escapes, found.good)):
            ends = wilson_interval(count, size)
            row += [count, size, count / size if size else None]
            row += [ends.low if ends else None, ends.high if ends else None]
        yield (*row, found.disputed)
