"""The labels of a slab, and the buttons to overrule its verdict."""

from typing import Final

from marbleline.console.auth.roles import Person, Role
from marbleline.console.components.markup import Html, el, join
from marbleline.console.components.shape import shape
from marbleline.console.i18n.locale import Locale
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label, MarkedRegion, Truth
from marbleline.domain.model import CLASSES
from marbleline.domain.verdict import Verdict

KEYS: Final = {name: str(number) for number, name in enumerate(CLASSES, start=1)}
UNDO_KEY: Final = "u"


def label_summary(truth: Truth | None, locale: Locale, *, notes: bool = False) -> Html:
    """Who labelled it as what, and wrote what of it if ``notes``; empty without labels."""
    if truth is None:
        return el("span", class_="ml-labels is-empty")
    words = [
        join(
            el("span", label_words(label, locale), class_="ml-word"),
            el("q", label.note, class_="ml-said") if notes and label.note else "",
        )
        for label in truth.labels
    ]
    settled = truth.settled is not None
    state: Html | str = ""
    if truth.disputed:
        state = el("strong", locale.gettext("overrule.disputed"), class_="ml-disputed")
    elif settled:
        state = el("strong", locale.gettext("overrule.settled"), class_="ml-settled")
    return el(
        "span",
        state,
        *words,
        class_="ml-labels",
        data_disputed=truth.disputed,
        data_settled=settled,
    )


def label_words(label: Label, locale: Locale) -> str:
    """Who says what, or has decided it."""
    key = "overrule.decided" if label.settles else "overrule.label"
    return locale.gettext(key, name=label.by, truth=locale.term("truth", label.truth or ""))


def overrule(
    verdict: Verdict | None,
    truth: Truth | None,
    person: Person,
    locale: Locale,
    region: MarkedRegion | None = None,
    *,
    settles: bool = False,
) -> Html:
    """One button a class, and undo. Who may not overrule sees only the labels.

    ``settles``: whether the person decides between others who disagree.
    """
    if verdict is None:
        return el("div", class_="ml-overrule is-empty")
    if not person.may(Role.OPERATOR):
        return el("div", label_summary(truth, locale, notes=True), class_="ml-overrule")
    own = next((label for label in truth.labels if label.by == person.name), None) if truth else None
    action = "settle" if settles else "overrule"
    buttons = [
        truth_button(name, action, locale, verdict, pressed=own is not None and own.truth == name)
        for name in CLASSES
    ]
    if own is not None:
        buttons.append(_key_button("undo", "overrule.undo", UNDO_KEY, verdict, locale))
    if region is not None:
        buttons.append(_key_button("unmark", "overrule.marked", "m", verdict, locale))
    hint = el("span", locale.gettext("overrule.mark"), class_="ml-dim ml-mark-hint") if region is None else ""
    title = locale.gettext("overrule.settle" if settles else "overrule")
    return el(
        "div",
        el("span", title, class_="ml-overrule-title"),
        *buttons,
        label_summary(truth, locale, notes=True) if truth else hint,
        class_="ml-overrule",
        role="group",
        aria_label=title,
    )


def outline(region: MarkedRegion | None, title: str = "") -> Html | str:
    """What was marked, as a frame on the picture."""
    if region is None:
        return ""
    place = {"left": region.left, "top": region.top, "width": region.width, "height": region.height}
    style = ";".join(f"{name}:{value * 100:.2f}%" for name, value in place.items())
    return el("span", title, class_="ml-region", style=style)


def truth_button(
    name: str, action: str, locale: Locale, verdict: Verdict | None = None, *, pressed: bool = False
) -> Html:
    """The button of a class: for the slab of ``verdict``, or without one for all that are selected."""
    good = name == CLASSES[0]
    after_all = good and verdict is not None and verdict.decision is not Decision.GOOD
    words = locale.gettext("overrule.good.after_all" if after_all else f"overrule.{name}")
    return el(
        "button",
        shape(Decision.GOOD if good else Decision.FAULTY),
        words,
        el("kbd", KEYS[name]),
        type="button",
        class_=f"ml-truth is-{'good' if good else 'faulty'}",
        aria_pressed="true" if pressed else "false",
        aria_keyshortcuts=KEYS[name],
        data_action=action,
        data_frame=verdict.frame.frame_id if verdict else None,
        data_value=name,
        data_key=KEYS[name],
    )


def _key_button(action: str, text: str, key: str, verdict: Verdict, locale: Locale) -> Html:
    return el(
        "button",
        locale.gettext(text),
        el("kbd", key.upper()),
        type="button",
        class_="ml-plain",
        aria_keyshortcuts=key,
        data_action=action,
        data_frame=verdict.frame.frame_id,
        data_key=key,
    )
