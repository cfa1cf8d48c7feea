"""The quality page's panels: chart, periods, groups, Pareto of defects, overkill and escapes."""

import json
from collections.abc import Sequence
from typing import Final

from marbleline.console.components.control_chart import control_chart
from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, scrolled, table
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.label_comparison import LabelComparison
from marbleline.console.state.quality_figures import GroupBy, QualityFigures
from marbleline.console.state.recent_verdicts import number_wise
from marbleline.domain.control_chart import ControlChart, ControlPoint, p_chart
from marbleline.domain.proportion import wilson_interval
from marbleline.domain.quality_rates import Rate, Tally, add_up
from marbleline.ports.verdict_statistics import Period

DRILL: Final = "drill"
"""The action of a button that lists slabs; ``drill_value`` makes its value."""


def chart_of(tallies: Sequence[Tally], rate: Rate) -> ControlChart:
    """The p-chart of a rate."""
    return p_chart([tally.subgroup(rate) for tally in tallies])


def drill_value(since: int | None, group: str | None, defect: str = "") -> str:
    """What the button of a figure carries, as JSON; ``since`` of a period, None for all."""
    return json.dumps([since, group, defect])


def drill_of(value: str) -> tuple[int | None, str | None, str] | None:
    """What ``drill_value`` was made of; None for anything else, for a browser may send anything."""
    try:
        since, group, defect = json.loads(value)
    except (ValueError, TypeError):
        return None
    numbered = since is None or (isinstance(since, int) and not isinstance(since, bool))
    named = group is None or isinstance(group, str)
    return (since, group, defect) if numbered and named and isinstance(defect, str) else None


def trend(
    figures: QualityFigures, group: str | None, rate: Rate, names: Sequence[str], locale: Locale
) -> Html:
    """The chart, and below it the same as a table whose rows list their slabs."""
    tallies = figures.of(group)
    chart = chart_of(tallies, rate)
    title = locale.gettext(f"quality.{rate.value}")
    rows = [
        _period_row(period, group, name, tally, point, rate, locale)
        for period, name, tally, point in reversed(
            list(zip(figures.periods, names, tallies, chart.points, strict=True))
        )
        if tally.total
    ]
    head = [
        locale.gettext("quality.period"),
        locale.gettext("shift.slabs"),
        *(locale.gettext(f"quality.{one.value}") for one in Rate),
        locale.gettext("quality.limits"),
        "",
    ]
    if not rows:
        return panel(title, _nothing(locale), class_="ml-quality-trend")
    return panel(
        title,
        control_chart(chart, names, title, locale),
        el("p", locale.gettext("quality.chart.key"), class_="ml-dim"),
        scrolled(table(head, rows, locale.gettext("quality.periods")), locale.gettext("quality.periods")),
        class_="ml-quality-trend",
    )


def groups(figures: QualityFigures, rate: Rate, locale: Locale) -> Html:
    """Each group over all periods, with limits around the share of all groups together."""
    whole = {group: add_up(tallies) for group, tallies in figures.tallies.items()}
    chart = p_chart([tally.subgroup(rate) for tally in whole.values()])
    title = locale.gettext(f"quality.by.{figures.by.value}")
    rows = [
        (
            _drill_button(group, drill_value(None, group)),
            locale.number(tally.total),
            *(_share(tally.share(one), locale) for one in Rate),
            _limits(point, locale),
            _flag(point, locale),
        )
        for (group, tally), point in zip(whole.items(), chart.points, strict=True)
    ]
    head = [
        title,
        locale.gettext("shift.slabs"),
        *(locale.gettext(f"quality.{one.value}") for one in Rate),
        locale.gettext("quality.limits"),
        "",
    ]
    return panel(title, scrolled(table(head, rows, title), title) if rows else _nothing(locale))


def pareto(figures: QualityFigures, group: str | None, names: Sequence[str], locale: Locale) -> Html:
    """The faulty slabs by defect, the most frequent first, with the cumulative share and their course."""
    tallies = figures.of(group)
    whole = add_up(tallies).defects
    total, seen = sum(whole.values()), 0
    rows = []
    for name, count in sorted(whole.items(), key=lambda item: (-item[1], item[0])):
        seen += count
        rows.append(
            (
                _drill_button(locale.term("defect", name), drill_value(None, group, name)),
                locale.number(count),
                _share(count / total, locale),
                _share(seen / total, locale),
                _course([tally.defects.get(name, 0) for tally in tallies], names),
            )
        )
    head = [locale.gettext(f"quality.{one}") for one in ("defect", "count", "part", "cumulative", "course")]
    title = locale.gettext("quality.pareto")
    body = (
        scrolled(table(head, rows, title), title)
        if rows
        else el("p", locale.gettext("defects.none"), class_="ml-none")
    )
    return panel(title, body)


def labelled(figures: QualityFigures, locale: Locale) -> Html:
    """Overkill and escapes among labelled slabs, with Wilson's intervals of 95 %."""
    title = locale.gettext("quality.labelled")
    rows = [
        (
            group or locale.gettext("control.all"),
            _share_of(found.overkill, found.faulty, locale),
            _share_of(found.escapes, found.good, locale),
            locale.number(found.disputed),
        )
        for group, found in sorted(figures.labelled.items(), key=lambda item: number_wise(item[0]))
        if not group or found != LabelComparison()
    ]
    head = (
        locale.gettext(f"quality.by.{figures.by.value}"),
        locale.gettext("shift.overkill"),
        locale.gettext("shift.escape"),
        locale.gettext("shift.disputed"),
    )
    note = "quality.labelled.note" if figures.all_labels_read else "quality.labelled.newest"
    return panel(
        title,
        scrolled(table(head, rows, title), title),
        el("p", locale.gettext(note), class_="ml-dim"),
    )


def agreement(figures: QualityFigures, locale: Locale) -> Html:
    """How far people who labelled the same slab agree, with Wilson's interval of 95 % and Cohen's kappa."""
    title, found = locale.gettext("quality.agreement"), figures.agreement
    head = (
        locale.gettext("quality.agreement.slabs"),
        locale.gettext("quality.agreement.same"),
        locale.gettext("quality.agreement.kappa"),
    )
    row = (
        locale.number(found.slabs),
        _share_of(found.agreed, found.slabs, locale),
        "-" if found.kappa is None else locale.real(found.kappa, 2),
    )
    note = el("p", locale.gettext("quality.agreement.note"), class_="ml-dim")
    return panel(title, scrolled(table(head, [row], title), title), note)


def _nothing(locale: Locale) -> Html:
    return el("p", locale.gettext("quality.empty"), class_="ml-none")


def period_names(periods: Sequence[Period], locale: Locale) -> list[str]:
    """Each period by the day on which it begins."""
    return [locale.day(period.since) for period in periods]


def group_words(by: GroupBy, group: str | None, locale: Locale) -> str:
    """A group, or all."""
    words = locale.gettext("control.all") if group is None else group
    return f"{locale.gettext(f'quality.by.{by.value}')}: {words}"


def _period_row(
    period: Period,
    group: str | None,
    name: str,
    tally: Tally,
    point: ControlPoint,
    rate: Rate,
    locale: Locale,
) -> tuple[Html | str, ...]:
    return (
        _drill_button(name, drill_value(period.since, group)),
        locale.number(tally.total),
        *(_share(tally.share(one), locale) for one in Rate),
        _limits(point, locale),
        _flag(point, locale),
    )


def _drill_button(words: str, value: str) -> Html:
    return el("button", words, type="button", class_="ml-drill", data_action=DRILL, data_value=value)


def _share(share: float | None, locale: Locale) -> str:
    return "-" if share is None else locale.tenths(share)


def _limits(point: ControlPoint, locale: Locale) -> str:
    if point.lower is None or point.upper is None:
        return "-"
    return f"{locale.tenths(point.lower)} - {locale.tenths(point.upper)}"


def _flag(point: ControlPoint, locale: Locale) -> Html | str:
    return el("strong", locale.gettext("quality.out"), class_="ml-out") if point.out_of_control else ""


def _share_of(count: int, size: int, locale: Locale) -> str:
    found = wilson_interval(count, size)
    if found is None:
        return locale.gettext("shift.unlabelled")
    of = locale.gettext("shift.of", number=locale.number(count), of=locale.number(size))
    low, high = locale.tenths(found.low), locale.tenths(found.high)
    return f"{locale.tenths(count / size)} ({low} - {high}), {of}"


def _course(counts: Sequence[int], names: Sequence[str]) -> Html:
    most = max(counts, default=0) or 1
    bars = [
        el("i", style=f"height:{100 * count / most:.0f}%", title=f"{name}: {count}")
        for count, name in zip(counts, names, strict=True)
    ]
    return el("span", *bars, class_="ml-course", aria_hidden="true")
