"""A p-chart on the screen: shares by period with their control limits."""

from collections.abc import Sequence
from typing import Final

from marbleline.console.components.markup import Html, el
from marbleline.console.i18n.locale import Locale
from marbleline.domain.control_chart import ControlChart, ControlPoint

_LABELS: Final = 5
"""Periods that are named below the chart, so that the names fit on a phone."""


def control_chart(chart: ControlChart, names: Sequence[str], rate: str, locale: Locale) -> Html:
    """``names``: of the periods, one for each point. The table below it says the same in words."""
    low, high = _scale(chart)
    columns = [
        _column(point, name, low, high, locale) for point, name in zip(chart.points, names, strict=True)
    ]
    centre = ""
    if chart.centre is not None:
        centre = el("i", class_="ml-chart-centre", style=f"bottom:{_place(chart.centre, low, high):.2f}%")
    step = max(1, -(-len(names) // _LABELS))
    shown = [name if not (len(names) - 1 - place) % step else "" for place, name in enumerate(names)]
    return el(
        "div",
        el("span", locale.tenths(high), class_="ml-chart-high"),
        el("span", locale.tenths(low), class_="ml-chart-low"),
        el("div", *columns, centre, class_="ml-chart-plot"),
        el("div", *(el("span", name) for name in shown), class_="ml-chart-names"),
        class_="ml-chart",
        role="img",
        aria_label=_description(chart, rate, locale),
    )


def _description(chart: ControlChart, rate: str, locale: Locale) -> str:
    if chart.centre is None:
        return locale.gettext("quality.chart.empty", rate=rate)
    out = sum(point.out_of_control for point in chart.points)
    centre = locale.hundredths(chart.centre)
    return locale.ngettext("quality.chart", out, rate=rate, centre=centre)


def _scale(chart: ControlChart) -> tuple[float, float]:
    """Lowest and highest share on the chart, from 0 to 1."""
    values = [
        value
        for point in chart.points
        for value in (point.share, point.lower, point.upper)
        if value is not None
    ]
    if not values:
        return 0.0, 1.0
    margin = max(0.005, (max(values) - min(values)) * 0.08)
    return max(0.0, min(values) - margin), min(1.0, max(values) + margin)


def _place(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) * 100 if high > low else 50.0


def _column(point: ControlPoint, name: str, low: float, high: float, locale: Locale) -> Html:
    if point.share is None or point.lower is None or point.upper is None:
        return el("span", class_="ml-chart-column")
    bottom, top = _place(point.lower, low, high), _place(point.upper, low, high)
    return el(
        "span",
        el("i", class_="ml-chart-limits", style=f"bottom:{bottom:.2f}%;height:{top - bottom:.2f}%"),
        el(
            "b",
            class_=f"ml-chart-point{' is-out' if point.out_of_control else ''}",
            style=f"bottom:{_place(point.share, low, high):.2f}%",
        ),
        class_="ml-chart-column",
        title=f"{name}: {locale.hundredths(point.share)}",
    )
