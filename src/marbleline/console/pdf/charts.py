"""Charts of a report: p-charts, and a Pareto chart with its cumulative share. Sizes in points (1/72 inch)."""

from collections.abc import Mapping, Sequence
from typing import Final

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor

from marbleline.console.i18n.locale import Locale
from marbleline.console.pdf.fonts import BOLD, REGULAR
from marbleline.domain.control_chart import ControlChart

INK: Final = HexColor("#1a1a1a")
DIM: Final = HexColor("#555555")
BAND: Final = HexColor("#e4ebf2")
EDGE: Final = HexColor("#7d8fa3")
OUT: Final = HexColor("#c2320b")
BAR: Final = HexColor("#46627f")

_LEFT: Final = 34.0
_RIGHT: Final = 6.0
_BOTTOM: Final = 16.0
_TOP: Final = 16.0
_SMALL: Final = 6.5
_NAMED: Final = 6


def p_chart_drawing(
    chart: ControlChart, names: Sequence[str], title: str, locale: Locale, width: float, height: float
) -> Drawing:
    """A p-chart: shares by period, the centre line, and each period's limits as a band.

    A point beyond its limits is a square in another colour, others are circles: it can be told in black and
    white too. ``names``: of the periods, one for each point.
    """
    drawing = Drawing(width, height)
    _write(drawing, 0, height - 9, title, font=BOLD, size=8)
    inner_width, inner_height = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    low, high = _scale(chart)

    def y(share: float) -> float:
        return _BOTTOM + (share - low) / (high - low) * inner_height

    step = inner_width / max(1, len(chart.points))
    for place, point in enumerate(chart.points):
        if point.lower is not None and point.upper is not None:
            left, right = _LEFT + place * step, _LEFT + (place + 1) * step
            height_of = y(point.upper) - y(point.lower)
            drawing.add(Rect(left, y(point.lower), step, height_of, fillColor=BAND, strokeColor=None))
            for limit in (point.lower, point.upper):
                drawing.add(Line(left, y(limit), right, y(limit), strokeColor=EDGE, strokeWidth=0.6))
    drawing.add(Line(_LEFT, _BOTTOM, width - _RIGHT, _BOTTOM, strokeColor=DIM, strokeWidth=0.5))
    drawing.add(Line(_LEFT, _BOTTOM, _LEFT, height - _TOP, strokeColor=DIM, strokeWidth=0.5))
    for share in (low, high):
        _write(drawing, _LEFT - 3, y(share) - 2, locale.tenths(share), anchor="end")
    if chart.centre is None:
        return drawing
    centre = y(chart.centre)
    drawing.add(Line(_LEFT, centre, width - _RIGHT, centre, strokeColor=INK, strokeDashArray=(3, 2)))
    if min(centre - _BOTTOM, height - _TOP - centre) > _SMALL:
        _write(drawing, _LEFT - 3, centre - 2, locale.tenths(chart.centre), anchor="end", font=BOLD)
    seen = [
        (_LEFT + (place + 0.5) * step, y(point.share), point.out_of_control)
        for place, point in enumerate(chart.points)
        if point.share is not None
    ]
    drawing.add(PolyLine([value for x, at, _ in seen for value in (x, at)], strokeColor=BAR, strokeWidth=0.8))
    for x, at, out in seen:
        if out:
            drawing.add(Rect(x - 2.6, at - 2.6, 5.2, 5.2, fillColor=OUT, strokeColor=OUT))
        else:
            drawing.add(Circle(x, at, 1.8, fillColor=BAR, strokeColor=BAR))
    every = max(1, -(-len(names) // _NAMED))
    for place, name in enumerate(names):
        if (len(names) - 1 - place) % every == 0:
            _write(drawing, _LEFT + (place + 0.5) * step, 6, name, anchor="middle")
    return drawing


def pareto_drawing(defects: Mapping[str, int], locale: Locale, width: float) -> Drawing:
    """Bars by defect, the most frequent first, each with its count and the cumulative share."""
    ordered = sorted(defects.items(), key=lambda item: (-item[1], item[0]))
    row, names_width, words_width = 14.0, 0.2 * width, 0.3 * width
    drawing = Drawing(width, row * len(ordered))
    total, seen = sum(defects.values()), 0
    reach = width - names_width - words_width
    for place, (name, count) in enumerate(ordered):
        seen += count
        bottom = drawing.height - (place + 1) * row
        _write(drawing, 0, bottom + 3, locale.term("defect", name), size=8)
        length = reach * count / ordered[0][1]
        drawing.add(Rect(names_width, bottom + 2, length, row - 5, fillColor=BAR, strokeColor=None))
        words = f"{locale.number(count)} · {locale.tenths(count / total)} · ∑ {locale.tenths(seen / total)}"
        _write(drawing, width, bottom + 3, words, anchor="end", size=8)
    return drawing


def _scale(chart: ControlChart) -> tuple[float, float]:
    """Lowest and highest share on the chart, from 0 to 1."""
    points = chart.points
    values = [
        value for one in points for value in (one.share, one.lower, one.upper) if value is not None
    ] or [0.0, 1.0]
    margin = max(0.005, (max(values) - min(values)) * 0.08)
    return max(0.0, min(values) - margin), min(1.0, max(values) + margin)


def _write(
    drawing: Drawing,
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    font: str = REGULAR,
    size: float = _SMALL,
    colour: Color = INK,
) -> None:
    drawing.add(String(x, y, text, textAnchor=anchor, fontName=font, fontSize=size, fillColor=colour))
