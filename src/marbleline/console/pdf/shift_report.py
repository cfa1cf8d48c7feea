"""The shift report: A4, two or three pages, made by reportlab's Platypus."""

import io
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from marbleline.console.i18n.locale import Locale
from marbleline.console.pdf.charts import DIM, INK, p_chart_drawing, pareto_drawing
from marbleline.console.pdf.fonts import BOLD, REGULAR, register_fonts
from marbleline.console.state.alarm_episodes import AlarmEpisode
from marbleline.console.state.label_comparison import LabelComparison
from marbleline.console.state.report_figures import ReportFigures
from marbleline.domain.alarm_severity import severity
from marbleline.domain.control_chart import p_chart
from marbleline.domain.proportion import wilson_interval
from marbleline.domain.quality_rates import Rate, Tally, add_up

_MARGIN: Final = 15 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_PADDING: Final = 6.0  # of Platypus' frame
_RULE: Final = HexColor("#b9c2cc")
_MOST_ALARMS: Final = 60

_TEXT: Final = ParagraphStyle("text", fontName=REGULAR, fontSize=8, leading=10.5, textColor=INK)
_NOTE: Final = ParagraphStyle("note", parent=_TEXT, fontSize=7, leading=9, textColor=DIM)
_TITLE: Final = ParagraphStyle("title", parent=_TEXT, fontName=BOLD, fontSize=16, leading=20)
_HEAD: Final = ParagraphStyle(
    "head", parent=_TEXT, fontName=BOLD, fontSize=10, leading=13, spaceBefore=9, spaceAfter=3
)
_FIGURE: Final = ParagraphStyle("figure", parent=_TEXT, fontName=BOLD, fontSize=17, leading=21)
_CELL: Final = ParagraphStyle("cell", parent=_TEXT, alignment=2)
_BOLD_CELL: Final = ParagraphStyle("bold-cell", parent=_CELL, fontName=BOLD)
_BOLD_TEXT: Final = ParagraphStyle("bold-text", parent=_TEXT, fontName=BOLD)


def shift_report(figures: ReportFigures, zone: str, locale: Locale, made_at: int) -> bytes:
    """The report as PDF. ``zone``: the name of the times' zone; ``made_at``: microseconds UTC."""
    register_fonts()
    title = heading(figures, locale)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN - _PADDING,
        rightMargin=_MARGIN - _PADDING,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 4 * mm,
        title=title,
        author="Marbleline",
        lang=locale.language,
    )

    def footer(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(DIM)
        canvas.drawString(_MARGIN, _MARGIN - 2 * mm, title)
        page = locale.gettext("report.page", number=locale.number(canvas.getPageNumber()))
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN - 2 * mm, page)

    made = locale.gettext("shift.made", time=locale.hour(made_at, figures.shift.since))
    about = f"{locale.gettext('shift.zone', zone=zone)} · {made}"
    story = [_paragraph(title, _TITLE), _paragraph(about, _NOTE), Spacer(0, 3 * mm), *_body(figures, locale)]
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def heading(figures: ReportFigures, locale: Locale) -> str:
    """Line and shift in words: ``line-1: shift report 27 Nov 06:00 - 14:00``."""
    shift = figures.shift
    day, since, until = locale.day(shift.since), locale.clock(shift.since), locale.clock(shift.until)
    return locale.gettext("report.heading", line=figures.line, day=day, since=since, until=until)


def _body(figures: ReportFigures, locale: Locale) -> list[Flowable]:
    gettext, whole = locale.gettext, figures.whole
    if not whole.total:
        return [_paragraph(gettext("report.empty"), _TEXT), *_alarms(figures, locale)]
    return [
        _tiles(whole, figures.before, locale),
        _section(gettext("report.hours"), _hour_charts(figures, locale), _note("report.limits", locale)),
        _section(gettext("report.shifts"), _shift_charts(figures, locale)),
        _section(gettext("quality.pareto"), pareto_drawing(whole.defects, locale, _WIDTH))
        if whole.defects
        else Spacer(0, 0),
        _section(gettext("shift.cameras"), _cameras(figures, locale)),
        _section(gettext("shift.labelled"), *_labelled(figures, locale)),
        *_alarms(figures, locale),
    ]


def _tiles(whole: Tally, before: Tally, locale: Locale) -> Table:
    """The rates and the number of slabs, each beside that of the shift before."""
    names = [_paragraph(locale.gettext(f"quality.{rate.value}"), _TEXT) for rate in Rate]
    figures = [_paragraph(_share(whole.share(rate), locale), _FIGURE) for rate in Rate]
    earlier = [
        _paragraph(locale.gettext("shift.before", value=_share(before.share(rate), locale)), _NOTE)
        for rate in Rate
    ]
    slabs = locale.gettext("shift.before", value=locale.number(before.total))
    cells = [
        [*names, _paragraph(locale.gettext("shift.slabs"), _TEXT)],
        [*figures, _paragraph(locale.number(whole.total), _FIGURE)],
        [*earlier, _paragraph(slabs, _NOTE)],
    ]
    table = Table(cells, colWidths=[_WIDTH / 5] * 5)
    table.setStyle(
        TableStyle(
            [
                ("LINEABOVE", (0, 0), (-1, 0), 1.2, INK),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )
    return table


def _hour_charts(figures: ReportFigures, locale: Locale) -> Table:
    names = [locale.clock(hour.since) for hour in figures.hours.periods]
    return _charts(figures.hours.of(None), names, tuple(Rate), locale)


def _shift_charts(figures: ReportFigures, locale: Locale) -> Table:
    names = [locale.day(period.since) for period, _ in figures.shifts]
    return _charts([tally for _, tally in figures.shifts], names, (Rate.YIELD, Rate.FAULTY), locale)


def _charts(tallies: Sequence[Tally], names: Sequence[str], rates: Sequence[Rate], locale: Locale) -> Table:
    width, height = _WIDTH / 2 - 6, 34 * mm
    drawn = [
        p_chart_drawing(
            p_chart([tally.subgroup(rate) for tally in tallies]),
            names,
            locale.gettext(f"quality.{rate.value}"),
            locale,
            width,
            height,
        )
        for rate in rates
    ]
    rows = [drawn[place : place + 2] for place in range(0, len(drawn), 2)]
    table = Table(rows, colWidths=[_WIDTH / 2] * 2)
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 2)]))
    return table


def _cameras(figures: ReportFigures, locale: Locale) -> Table:
    """Each camera over the shift; limits of the faulty share around that of all cameras together."""
    gettext = locale.gettext
    whole = {camera: add_up(tallies) for camera, tallies in figures.hours.tallies.items()}
    chart = p_chart([tally.subgroup(Rate.FAULTY) for tally in whole.values()])
    head = [
        gettext("quality.by.camera"),
        gettext("shift.slabs"),
        *(gettext(f"quality.{rate.value}") for rate in Rate),
        gettext("report.faulty_limits"),
    ]
    rows = []
    for (camera, tally), point in zip(whole.items(), chart.points, strict=True):
        limits = "-"
        if point.lower is not None and point.upper is not None:
            limits = f"{_share(point.lower, locale)} - {_share(point.upper, locale)}"
        if point.out_of_control:
            limits += f" · {gettext('quality.out')}"
        shares = (_share(tally.share(rate), locale) for rate in Rate)
        rows.append([camera, locale.number(tally.total), *shares, limits])
    return _table(head, rows, (2, 1.4, 2.3, 2.3, 2.1, 1.3, 4.1))


def _labelled(figures: ReportFigures, locale: Locale) -> list[Flowable]:
    """Overkill and escapes among labelled slabs, with Wilson's intervals of 95 %."""
    gettext = locale.gettext
    head = [gettext("quality.by.camera"), *(gettext(f"shift.{one}") for one in ("overkill", "escape"))]
    head.append(gettext("shift.disputed"))
    rows = [
        [
            camera or gettext("control.all"),
            _share_of(found.overkill, found.faulty, locale),
            _share_of(found.escapes, found.good, locale),
            locale.number(found.disputed),
        ]
        for camera, found in sorted(figures.hours.labelled.items())
        if not camera or found != LabelComparison()
    ]
    note = "quality.labelled.note" if figures.hours.all_labels_read else "quality.labelled.newest"
    return [_table(head, rows, (2.4, 4, 4, 1.6)), _note(note, locale)]


def _alarms(figures: ReportFigures, locale: Locale) -> list[Flowable]:
    gettext, title = locale.gettext, _paragraph(locale.gettext("report.alarms"), _HEAD)
    if not figures.alarms:
        return [title, _note("report.alarms.none", locale)]
    shown = figures.alarms[-_MOST_ALARMS:]
    head = [gettext(f"report.{one}") for one in ("alarm", "severity", "raised", "returned", "acknowledged")]
    table = _table(head, [_alarm(one, figures, locale) for one in shown], (5, 1.8, 2.2, 2.2, 3), words=5)
    whole = figures.all_alarms_read and len(shown) == len(figures.alarms)
    return [title, table, *([] if whole else [_note("report.alarms.newest", locale)])]


def _alarm(episode: AlarmEpisode, figures: ReportFigures, locale: Locale) -> list[str]:
    kind = locale.term("alarmkind", episode.kind)
    at = figures.shift.since
    raised = "-" if episode.raised_at is None else locale.hour(episode.raised_at, at)
    active = episode.returned_at is None or episode.returned_at >= figures.shift.until
    returned = locale.gettext("report.active") if active else locale.hour(episode.returned_at or 0, at)
    return [
        f"{kind}: {episode.subject}" if episode.subject else kind,
        locale.gettext(f"severity.{severity(episode.kind).name.lower()}"),
        raised,
        returned,
        episode.acknowledged_by or "-",
    ]


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], words: int = 1
) -> Table:
    """``words``: how many columns hold words, which stand left; figures stand right."""
    cells = [
        [_paragraph(text, _BOLD_TEXT if place < words else _BOLD_CELL) for place, text in enumerate(head)]
    ]
    cells += [
        [_paragraph(text, _TEXT if place < words else _CELL) for place, text in enumerate(row)]
        for row in rows
    ]
    table = Table(cells, colWidths=[_WIDTH * width / sum(widths) for width in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _section(title: str, *content: Flowable) -> KeepTogether:
    return KeepTogether([_paragraph(title, _HEAD), *content])


def _note(key: str, locale: Locale) -> Paragraph:
    return _paragraph(locale.gettext(key), _NOTE)


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _share(share: float | None, locale: Locale) -> str:
    return "-" if share is None else locale.tenths(share)


def _share_of(count: int, size: int, locale: Locale) -> str:
    found = wilson_interval(count, size)
    if found is None:
        return locale.gettext("shift.unlabelled")
    of = locale.gettext("shift.of", number=locale.number(count), of=locale.number(size))
    return (
        f"{_share(count / size, locale)} ({_share(found.low, locale)} - {_share(found.high, locale)}), {of}"
    )
