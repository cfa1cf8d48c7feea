"""A shift on the screen: large figures, Pareto of defects, hours, cameras, what people found."""

from collections.abc import Mapping

from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.table import panel, table
from marbleline.console.yields import Figures
from marbleline.domain.decision import Decision


def title(figures: Figures, locale: Locale, now: int) -> str:
    """``Shift 06:00 to 14:00``, with the day where it isn't today's."""
    since, until = (locale.hour(at, now) for at in (figures.shift.since, figures.shift.until))
    return locale.say("shift", since=since, until=until)


def tiles(figures: Figures, before: Figures | None, locale: Locale) -> Html:
    """The figures to be seen from afar, each beside that of the shift before."""
    say = locale.say

    def of(found: Figures | None, decision: Decision) -> str:
        share = found.share(decision) if found is not None else None
        return "-" if share is None else locale.percent(share)

    def tile(name: str, value: str, earlier: str, kind: str = "") -> Html:
        return el(
            "li",
            el("span", say(name), class_="ml-tile-name"),
            el("strong", value, class_="ml-tile-value"),
            el("span", say("shift.before", value=earlier), class_="ml-dim"),
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


def pareto(figures: Figures, before: Figures | None, locale: Locale) -> Html:
    """The faulty slabs by defect, the most frequent first."""
    say, total = locale.say, sum(figures.defects.values())
    most = max(figures.defects.values(), default=1)
    rows = [
        el(
            "li",
            el("span", locale.known("defect", name)),
            el("span", el("i", style=f"width:{100 * number / most:.1f}%"), class_="ml-bar"),
            el("strong", locale.number(number), class_="ml-count-number"),
            el("span", say("shift.share", percent=locale.percent(number / total)), class_="ml-dim"),
            el(
                "span",
                say("shift.before", value=locale.number(before.defects.get(name, 0))) if before else "",
                class_="ml-dim",
            ),
            data_defect=name,
        )
        for name, number in figures.defects.items()
    ]
    body = el("ol", *rows, class_="ml-pareto") if rows else el("p", "-", class_="ml-none")
    return panel(say("shift.pareto"), body)


def hours(figures: Figures, locale: Locale) -> Html:
    """Slabs by hour."""
    rows = {locale.moment(start).strftime("%H:%M"): counts for start, counts in figures.hours.items()}
    return panel(locale.say("shift.hours"), _split(rows, "shift.hour", "shift.hours", locale))


def cameras(figures: Figures, locale: Locale) -> Html:
    """Slabs by camera."""
    return panel(
        locale.say("shift.cameras"), _split(figures.cameras, "ledger.camera", "shift.cameras", locale)
    )


def checked(figures: Figures, locale: Locale) -> Html:
    """Overkill and escape, as far as people looked; never a rate of what nobody checked."""
    say, found = locale.say, figures.checked
    rows = []
    for name, number, of in (
        ("overkill", found.overkill, found.faulty),
        ("escape", found.escapes, found.good),
    ):
        words = say("shift.of", number=locale.number(number), of=locale.number(of)) if of else ""
        share = locale.percent(number / of) if of else say("shift.unchecked")
        rows.append((say(f"shift.{name}"), words, share))
    rows.append((say("shift.disputed"), "", locale.number(found.disputed)))
    return panel(say("shift.checked"), table(("", "", ""), rows, say("shift.checked")))


def _split(rows: Mapping[str, Mapping[str, int]], name: str, caption: str, locale: Locale) -> Html:
    say, most = locale.say, max((sum(counts.values()) for counts in rows.values()), default=1)
    head = [
        say(name),
        say("shift.slabs"),
        *(say(f"shift.{one}") for one in ("yield", "faulty", "review")),
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
    return table(head, cells, say(caption))
