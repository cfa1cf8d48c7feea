"""A product's model versions on the screen: table, reports, comparison, history."""

from collections.abc import Sequence

from marbleline.console.auth.roles import Person
from marbleline.console.components.button import button
from marbleline.console.components.commissioning import outcome
from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, table
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.product_actions import SETS_UP
from marbleline.console.state.studio import ModelEvent, Version, small_picture
from marbleline.domain.decision import Decision
from marbleline.training.monitor.shadow import Comparison


def versions(
    found: Sequence[Version], shown: int, product: str, person: Person, locale: Locale, *, moved: bool
) -> Html:
    """Every version with its labels and its gate's result; the buttons to promote one and to roll back.

    ``moved``: whether a version was ever promoted.
    """
    gettext = locale.gettext
    rows = []
    for one in found:
        choose = button(
            gettext("products.version", version=one.number),
            "version",
            str(one.number),
            pressed=one.number == shown,
        )
        labels = ", ".join(
            gettext(f"studio.{name}") if name in ("stable", "candidate") else name for name in one.labels
        )
        judges = labels or (gettext("studio.stable") if one.judges else "")
        rows.append(
            (
                choose,
                judges,
                _origin(one, locale),
                _gate_word(one, locale),
                _move(one, product, person, locale),
            )
        )
    head = ("", gettext("studio.label"), gettext("studio.origin"), gettext("studio.gate"), "")
    back = button(gettext("studio.rollback"), "rollback", product) if moved and person.may(SETS_UP) else ""
    return panel(
        gettext("page.studio"), table(head, rows, gettext("page.studio"), words=4), back, class_="ml-versions"
    )


def _move(one: Version, product: str, person: Person, locale: Locale) -> Html | str:
    """The button that lets a version judge: by its gate's report, or by the outcome of learning."""
    value = f"{product} {one.number}"
    if one.judges or not person.may(SETS_UP):
        return ""
    if one.outcome is not None:
        return button(locale.gettext("activate.start", version=one.number), "activate", value)
    if one.gate is not None and one.gate.passed:
        return button(locale.gettext("studio.promote", version=one.number), "promote", value)
    return ""


def report(one: Version, locale: Locale) -> Html:
    """What is known of a version: digest, gate's report with its pictures, outcome of learning."""
    gettext, limits = locale.gettext, one.manifest.thresholds
    facts = [
        (gettext("evidence.digest"), el("code", one.manifest.digest)),
        (
            gettext("evidence.thresholds"),
            gettext(
                "evidence.limits",
                good=locale.real(limits.good_upto),
                faulty=locale.real(limits.faulty_from),
                anomaly=locale.real(limits.anomaly_upto),
            ),
        ),
    ]
    body: list[Html | str] = [
        el(
            "dl",
            *(el(tag, text) for pair in facts for tag, text in zip(("dt", "dd"), pair, strict=True)),
            class_="ml-evidence",
        )
    ]
    if one.gate is not None:
        body.append(el("h3", gettext("studio.gate")))
        checks = [
            (check.name, check.detail, gettext("studio.holds" if check.passed else "studio.fails"))
            for check in one.gate.checks
        ]
        body.append(table(("", "", ""), checks, gettext("studio.gate"), words=3))
        pictures = [(path.stem, small_picture(path)) for path in one.gate.pictures]
        body.append(
            el(
                "div",
                *(el("img", src=uri, alt=name, class_="ml-gate-picture") for name, uri in pictures if uri),
                class_="ml-gate-pictures",
            )
        )
    if one.outcome is not None:
        body += [el("h3", gettext("outcome")), outcome(one.outcome, locale)]
    if one.gate is None and one.outcome is None:
        body.append(el("p", gettext("studio.no_report"), class_="ml-dim"))
    return panel(gettext("products.version", version=one.number), *body)


def compared(found: Comparison | None, locale: Locale) -> Html:
    """How a version agrees with the verdicts on the slabs that it judged as a shadow."""
    gettext = locale.gettext
    title = gettext("studio.compare")
    if found is None:
        return panel(title, el("p", gettext("studio.no_shadow"), class_="ml-dim"))
    values = {
        "slabs": locale.number(found.frames),
        "share": locale.percent(found.agreed),
        "candidate": found.candidate,
        "stable": found.stable,
    }
    rows = [
        (
            locale.term("decision", before.value),
            *(locale.number(found.decisions[before.value, after.value]) for after in Decision),
        )
        for before in Decision
    ]
    head = (
        gettext("studio.as_judged", version=found.stable),
        *(f"{locale.term('decision', one.value)} ({found.candidate})" for one in Decision),
    )
    right = gettext(
        "studio.right",
        labelled=locale.number(found.labelled),
        stable=locale.number(found.stable_right),
        candidate=locale.number(found.candidate_right),
    )
    return panel(title, el("p", gettext("studio.agreed", **values)), table(head, rows, title), el("p", right))


def events(found: Sequence[ModelEvent], locale: Locale, now: int) -> Html:
    """Who did what, newest first."""
    items = [
        el("li", el("time", locale.time(one.at, now), class_="ml-dim"), el("span", _event(one, locale)))
        for one in found
    ]
    body = (
        el("ol", *items, class_="ml-history")
        if items
        else el("p", locale.gettext("alarmcentre.history.none"), class_="ml-none")
    )
    return panel(locale.gettext("studio.history"), body)


def _event(one: ModelEvent, locale: Locale) -> str:
    values = {
        "name": one.by,
        "before": one.before if one.before is not None else "-",
        "after": one.after if one.after is not None else "-",
        "escapes": "-" if one.escapes is None else locale.tenths(one.escapes),
        "overkill": "-" if one.overkill is None else locale.tenths(one.overkill),
    }
    return locale.gettext(f"event.{one.action}", **values)


def _origin(one: Version, locale: Locale) -> str:
    if one.outcome is None:
        return locale.gettext("studio.trained")
    return locale.gettext("studio.learnt", labels=locale.number(one.outcome.labels), name=one.outcome.by)


def _gate_word(one: Version, locale: Locale) -> Html | str:
    if one.gate is None:
        return locale.gettext("studio.no_gate")
    if one.gate.passed:
        return locale.gettext("studio.passed")
    return el("span", locale.gettext("studio.refused", reasons="; ".join(one.gate.reasons)), class_="ml-warn")
