"""A shift on the screen: large figures, Pareto of defects, hours, cameras, what people found."""

from collections.abc import Mapping

from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, table
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.shift_figures import ShiftFigures
from marbleline.domain.decision import Decision


def title(figures: ShiftFigures, locale: Locale, now: int) -> str:
    """``Shift 06:00 to 14:00``, with the day where it isn't today's."""
    since, until = (locale.hour(at, now) for at in (figures.shift.since, figures.shift.until))
    return locale.gettext("shift", since=since, until=until)


def tiles(figures: ShiftFigures, before: ShiftFigures | None, locale: Locale) -> Html:
    """The figures to be seen from afar, each beside that of the shift before."""
    gettext = locale.gettext

    def of(found: ShiftFigures | None, decision: Decision) -> str:
        share = found.share(decision) if found is not None else None
        return "-" if share is None else locale.percent(share)

    def tile(name: str, value: str, earlier: str, kind: str = "") -> Html:
        return el(
            "li",
            el("span", gettext(name), class_="ml-tile-name"),
            el("strong", value, class_="ml-tile-value"),
            el("span", gettext("shift.before", value=earlier), class_="ml-dim"),
            class_=f"ml-tile {kind}".strip(),
            data_tile=name,
        )

    slabs = "-" if before is None else locale.number(before.total)
    return el(
        "ul",
        tile("shift.yield", of(figures, Decision.GOOD), of(before, Decision.GOOD), "is-good"),
        tile("shift.faulty", of(figures, Decision.FAULTY), of(before, Decision.FAULTY), "is-faulty"),
        tile("shift.review", of(figures, Decision.REVIEW), of(before, Decision.REVIEW), "is-review"),
        tile("shift.slabs", locale.number(figures.total), slabs),
        class_="ml-tiles",
    )


def pareto(figures: ShiftFigures, before: ShiftFigures | None, locale: Locale) -> Html:
    """The faulty slabs by defect, the most frequent first."""
    gettext, total = locale.gettext, sum(figures.defects.values())
    most = max(figures.defects.values(), default=1)
    rows = [
        el(
            "li",
            el("span", locale.term("defect", name)),
            el("span", el("i", style=f"width:{100 * number / most:.1f}%"), class_="ml-bar"),
            el("strong", locale.number(number), class_="ml-count-number"),
            el("span", gettext("shift.share", percent=locale.percent(number / total)), class_="ml-dim"),
            el(
                "span",
                gettext("shift.before", value=locale.number(before.defects.get(name, 0))) if before else "",
                class_="ml-dim",
            ),
            data_defect=name,
        )
        for name, number in figures.defects.items()
    ]
    body = (
        el("ol", *rows, class_="ml-pareto")
        if rows
        else el("p", locale.gettext("defects.none"), class_="ml-none")
    )
    return panel(gettext("shift.pareto"), body)


def hours(figures: ShiftFigures, locale: Locale) -> Html:
    """Slabs by hour."""
    rows = {locale.clock(start): counts for start, counts in figures.hours.items()}
    return panel(locale.gettext("shift.hours"), _split(rows, "shift.hour", "shift.hours", locale))


def cameras(figures: ShiftFigures, locale: Locale) -> Html:
    """Slabs by camera."""
    return panel(
        locale.gettext("shift.cameras"), _split(figures.cameras, "ledger.camera", "shift.cameras", locale)
    )


def labelled(figures: ShiftFigures, locale: Locale) -> Html:
    """Overkill and escape among labelled slabs; never a rate of slabs that nobody looked at."""
    gettext, found = locale.gettext, figures.labelled
    rows = []
    for name, number, of in (
        ("overkill", found.overkill, found.faulty),
        ("escape", found.escapes, found.good),
    ):
        words = gettext("shift.of", number=locale.number(number), of=locale.number(of)) if of else ""
        share = locale.percent(number / of) if of else gettext("shift.unlabelled")
        rows.append((gettext(f"shift.{name}"), words, share))
    rows.append((gettext("shift.disputed"), "", locale.number(found.disputed)))
    return panel(gettext("shift.labelled"), table(("", "", ""), rows, gettext("shift.labelled")))


def _split(rows: Mapping[str, Mapping[str, int]], name: str, caption: str, locale: Locale) -> Html:
    if not rows:
        return el("p", locale.gettext("report.empty"), class_="ml-none")
    gettext, most = locale.gettext, max((sum(counts.values()) for counts in rows.values()), default=1)
    head = [
        gettext(name),
        gettext("shift.slabs"),
        *(gettext(f"shift.{one}") for one in ("yield", "faulty", "review")),
        "",
    ]
    cells = []
    for label, counts in rows.items():
        total = sum(counts.values())
        bars = [
            el("i", class_=f"is-{decision.value}", style=f"width:{100 * counts.get(decision, 0) / most:.1f}%")
            for decision in Decision
        ]
        numbers = [locale.number(counts.get(decision.value, 0)) for decision in Decision]
        bar = el("span", *bars, class_="ml-bar is-stacked", aria_hidden="true")
        cells.append((label, locale.number(total), *numbers, bar))
    return table(head, cells, gettext(caption))
