"""The figures beside the slab: counts by decision and defect, and the ledger."""

from collections.abc import Sequence

from marbleline.console.components.markup import Html, el
from marbleline.console.components.shape import badge
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.freshness import age
from marbleline.console.state.recent_verdicts import number_wise
from marbleline.console.state.snapshot import DecisionCounts
from marbleline.domain.decision import Decision
from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.domain.slab_ledger import SlabEntry


def counts(found: DecisionCounts | None, locale: Locale, now: int) -> Html:
    """How many slabs were good, faulty and to be reviewed, and the faulty ones by defect."""
    if found is None:
        return el("section", el("p", locale.gettext("counts.none"), class_="ml-none"), class_="ml-panel")
    rows = []
    for decision in Decision:
        number = found.by_decision.get(decision.value, 0)
        share = number / found.total if found.total else 0.0
        rows.append(
            el(
                "li",
                badge(decision),
                el("span", locale.term("decision", decision.value), class_="ml-count-name"),
                el("strong", locale.number(number), class_="ml-count-number"),
                el("span", locale.percent(share) if found.total else "-", class_="ml-count-share"),
                _bar(share, decision.value),
                data_count=decision.value,
            )
        )
    title = locale.gettext("counts", since=locale.begin(found.since, now))
    return el(
        "section",
        el("h2", title),
        el("ul", *rows, class_="ml-counts"),
        _defects(found, locale),
        class_="ml-panel",
    )


def _defects(found: DecisionCounts, locale: Locale) -> Html | str:
    by_defect = sorted(found.by_defect.items(), key=lambda item: (-item[1], item[0]))
    if not by_defect:
        return ""
    most = max(number for _, number in by_defect)
    rows = [
        el(
            "li",
            el("span", locale.term("defect", name), class_="ml-count-name"),
            el("strong", locale.number(number), class_="ml-count-number"),
            _bar(number / most if most else 0.0, "defect"),
            data_defect=name,
        )
        for name, number in by_defect[:8]
    ]
    return el("div", el("h3", locale.gettext("defects")), el("ul", *rows, class_="ml-defects"))


def _bar(share: float, kind: str) -> Html:
    width = f"width:{min(1.0, max(0.0, share)) * 100:.1f}%"
    return el("span", el("i", style=width, class_=f"is-{kind}"), class_="ml-bar", aria_hidden="true")


def ledger(found: Ledger | None, locale: Locale, now: int, *, current: bool = True) -> Html:
    """What became of every captured slab, by camera, and in words whether it adds up.

    ``current``: whether it is being counted; otherwise it is said to be what was known last.
    """
    title = el("h2", locale.gettext("ledger"))
    if found is None or not found.entries:
        return el(
            "section", title, el("p", locale.gettext("ledger.none"), class_="ml-none"), class_="ml-panel"
        )
    columns = ["captured", "judged", "pending", "dead_lettered"]
    if any(entry.discarded for entry in found.entries):
        columns.append("discarded")
    head = el(
        "tr", *(el("th", locale.gettext(f"ledger.{name}"), scope="col") for name in ("camera", *columns))
    )
    entries = sorted(found.entries, key=lambda entry: number_wise(entry.camera))
    rows = [_row(entry, entry.camera, columns, locale) for entry in entries]
    if len(found.entries) > 1:
        rows.append(_row(found.total(), locale.gettext("ledger.all"), columns, locale))
    return el(
        "section",
        title,
        _balanced(found, locale, now, current=current),
        el("table", el("thead", head), el("tbody", *rows), class_="ml-table"),
        _slabs(found, locale),
        class_="ml-panel",
    )


def _slabs(found: Ledger, locale: Locale) -> Html | str:
    """What became of every slab of several tiles, by station; nothing if there are none."""
    if not found.slabs:
        return ""
    columns = ("triggers", "judged", "pending", "missed")
    head = (el("th", locale.gettext(f"ledger.{name}"), scope="col") for name in ("station", *columns))
    rows = [
        el(
            "tr",
            el("th", entry.station or entry.line, _lost(entry, locale), scope="row"),
            *(el("td", locale.number(getattr(entry, column))) for column in columns),
            class_=None if entry.balanced else "is-unbalanced",
        )
        for entry in found.slabs
    ]
    return el("table", el("thead", el("tr", *head)), el("tbody", *rows), class_="ml-table")


def _lost(entry: SlabEntry, locale: Locale) -> Html | str:
    return el("span", locale.ngettext("ledger.lost", entry.lost), class_="ml-wrong") if entry.lost else ""


def balance(found: Ledger | None, locale: Locale, now: int, *, current: bool = True) -> Html:
    """Whether the ledger adds up, in words alone; every camera that it doesn't add up for is named.

    ``current`` as in ``ledger``.
    """
    title = el("h2", locale.gettext("ledger"))
    if found is None or not found.entries:
        return el(
            "section", title, el("p", locale.gettext("ledger.none"), class_="ml-none"), class_="ml-panel"
        )
    wrong = [
        el("p", entry.camera, _wrong(entry, locale), class_="ml-wrong-camera")
        for entry in found.entries
        if not entry.balanced or entry.stalled
    ]
    wrong += [
        el("p", entry.station or entry.line, _lost(entry, locale), class_="ml-wrong-camera")
        for entry in found.slabs
        if not entry.balanced
    ]
    return el("section", title, _balanced(found, locale, now, current=current), *wrong, class_="ml-panel")


def _balanced(found: Ledger, locale: Locale, now: int, *, current: bool) -> Html:
    counted = locale.gettext("ledger.counted", ago=locale.ago(age(found.counted_at, now)))
    word = "ledger.balanced" if found.balanced else "ledger.unbalanced"
    kind = "is-unbalanced" if not found.balanced else "is-balanced" if current else "is-old"
    return el(
        "p",
        "" if current else el("span", locale.gettext("last_known"), class_="ml-warn"),
        el("strong", locale.gettext(word)),
        el("span", counted, class_="ml-dim", data_ticks=True),
        class_=f"ml-balance {kind}",
        role="status",
    )


def _wrong(entry: LedgerEntry, locale: Locale) -> Html | str:
    parts = []
    if entry.gaps:
        parts.append(locale.ngettext("ledger.gaps", entry.gaps))
    if entry.duplicates:
        parts.append(locale.ngettext("ledger.duplicates", entry.duplicates))
    if entry.stalled:
        parts.append(locale.gettext("ledger.stalled"))
    return el("span", ", ".join(parts), class_="ml-wrong") if parts else ""


def _row(entry: LedgerEntry, name: str, columns: Sequence[str], locale: Locale) -> Html:
    return el(
        "tr",
        el("th", name, _wrong(entry, locale), scope="row"),
        *(el("td", locale.number(getattr(entry, column))) for column in columns),
        class_=None if entry.balanced else "is-unbalanced",
    )
