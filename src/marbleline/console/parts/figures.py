"""The figures beside the slab: counts by decision and defect, and the ledger."""

from collections.abc import Sequence

from marbleline.console.freshness import age
from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.shape import shape
from marbleline.console.snapshot import Counts
from marbleline.domain.decision import Decision
from marbleline.domain.ledger import Entry, Ledger


def counts(found: Counts | None, locale: Locale, now: int) -> Html:
    """How many slabs were good, faulty and to be reviewed, and the faulty ones by defect."""
    if found is None:
        return el("section", el("p", locale.say("counts.none"), class_="ml-none"), class_="ml-panel")
    rows = []
    for decision in Decision:
        number = found.by_decision.get(decision.value, 0)
        share = number / found.total if found.total else 0.0
        rows.append(
            el(
                "li",
                el("span", shape(decision), class_=f"ml-badge is-{decision.value}"),
                el("span", locale.known("decision", decision.value), class_="ml-count-name"),
                el("strong", locale.number(number), class_="ml-count-number"),
                el("span", locale.percent(share) if found.total else "-", class_="ml-count-share"),
                _bar(share, decision.value),
                data_count=decision.value,
            )
        )
    title = locale.say("counts", since=locale.hour(found.since, now))
    return el(
        "section",
        el("h2", title),
        el("ul", *rows, class_="ml-counts"),
        _defects(found, locale),
        class_="ml-panel",
    )


def _defects(found: Counts, locale: Locale) -> Html | str:
    by_defect = sorted(found.by_defect.items(), key=lambda item: (-item[1], item[0]))
    if not by_defect:
        return ""
    most = max(number for _, number in by_defect)
    rows = [
        el(
            "li",
            el("span", locale.known("defect", name), class_="ml-count-name"),
            el("strong", locale.number(number), class_="ml-count-number"),
            _bar(number / most if most else 0.0, "defect"),
            data_defect=name,
        )
        for name, number in by_defect[:8]
    ]
    return el("div", el("h3", locale.say("defects")), el("ul", *rows, class_="ml-defects"))


def _bar(share: float, kind: str) -> Html:
    width = f"width:{min(1.0, max(0.0, share)) * 100:.1f}%"
    return el("span", el("i", style=width, class_=f"is-{kind}"), class_="ml-bar", aria_hidden="true")


def ledger(found: Ledger | None, locale: Locale, now: int) -> Html:
    """What became of every captured slab, by camera, and in words whether it adds up."""
    title = el("h2", locale.say("ledger"))
    if found is None or not found.entries:
        return el("section", title, el("p", locale.say("ledger.none"), class_="ml-none"), class_="ml-panel")
    columns = ["captured", "judged", "pending", "dead_lettered"]
    if any(entry.dropped for entry in found.entries):
        columns.append("dropped")
    head = el("tr", *(el("th", locale.say(f"ledger.{name}"), scope="col") for name in ("camera", *columns)))
    rows = [_row(entry, entry.camera, columns, locale) for entry in found.entries]
    if len(found.entries) > 1:
        rows.append(_row(found.total(), locale.say("ledger.all"), columns, locale))
    return el(
        "section",
        title,
        _balanced(found, locale, now),
        el("table", el("thead", head), el("tbody", *rows), class_="ml-table"),
        class_="ml-panel",
    )


def balance(found: Ledger | None, locale: Locale, now: int) -> Html:
    """Whether the ledger adds up, in words alone; every camera that it doesn't add up for is named."""
    title = el("h2", locale.say("ledger"))
    if found is None or not found.entries:
        return el("section", title, el("p", locale.say("ledger.none"), class_="ml-none"), class_="ml-panel")
    wrong = [
        el("p", entry.camera, _wrong(entry, locale), class_="ml-wrong-camera")
        for entry in found.entries
        if not entry.balanced
    ]
    return el("section", title, _balanced(found, locale, now), *wrong, class_="ml-panel")


def _balanced(found: Ledger, locale: Locale, now: int) -> Html:
    counted = locale.say("ledger.counted", ago=locale.ago(age(found.counted_at, now)))
    word = "ledger.balanced" if found.balanced else "ledger.unbalanced"
    return el(
        "p",
        el("strong", locale.say(word)),
        el("span", counted, class_="ml-dim"),
        class_=f"ml-balance {'is-balanced' if found.balanced else 'is-unbalanced'}",
        role="status",
    )


def _wrong(entry: Entry, locale: Locale) -> Html | str:
    parts = []
    if entry.gaps:
        parts.append(locale.say("ledger.gaps", number=locale.number(entry.gaps)))
    if entry.duplicates:
        parts.append(locale.say("ledger.duplicates", number=locale.number(entry.duplicates)))
    return el("span", ", ".join(parts), class_="ml-wrong") if parts else ""


def _row(entry: Entry, name: str, columns: Sequence[str], locale: Locale) -> Html:
    return el(
        "tr",
        el("th", name, _wrong(entry, locale), scope="row"),
        *(el("td", locale.number(getattr(entry, column))) for column in columns),
        class_=None if entry.balanced else "is-unbalanced",
    )
