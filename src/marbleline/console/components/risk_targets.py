"""Risk targets: what other thresholds would have decided of the slabs that are stored, before they count."""

from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import table
from marbleline.console.i18n.locale import Locale
from marbleline.domain.decision import Decision
from marbleline.domain.threshold_effect import Effect


def effect(found: Effect, locale: Locale) -> Html:
    """Decisions as they were and as they would be, and mistakes among the labelled slabs."""
    gettext = locale.gettext
    if not found.total:
        return el("p", gettext("targets.no_slabs"), class_="ml-dim")
    rows = [
        (
            locale.term("decision", decision.value),
            _counted(found.before[decision], found.total, locale),
            _counted(found.after[decision], found.total, locale),
        )
        for decision in Decision
    ]
    rows += [
        (gettext(f"targets.{name}"), locale.number(before), locale.number(after))
        for name, (before, after) in (("escapes", found.escapes), ("overkill", found.overkill))
    ]
    head = ("", gettext("targets.before"), gettext("targets.after"))
    moved = sum(found.moved.values())
    words = [
        el("p", locale.ngettext("targets.moved", moved), class_="ml-figure is-small"),
        el(
            "p",
            gettext(
                "targets.basis", slabs=locale.number(found.total), labelled=locale.number(found.labelled)
            ),
            class_="ml-dim",
        ),
    ]
    return el(
        "div", *words, table(head, rows, gettext("targets.effect")), class_="ml-effect", data_moved=moved
    )


def _counted(count: int, total: int, locale: Locale) -> str:
    return f"{locale.number(count)} ({locale.percent(count / total)})"
