"""The last slabs, newest first, each with its verdict."""

from collections.abc import Collection, Mapping, Sequence

from marbleline.console.components.markup import Html, el
from marbleline.console.components.names import slab_label, slab_name
from marbleline.console.components.shape import shape
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.images import small_uri
from marbleline.domain.label import Truth
from marbleline.domain.verdict import Verdict


def strip(
    verdicts: Sequence[Verdict],
    locale: Locale,
    shown: str | None,
    places: int,
    truths: Mapping[str, Truth] | None = None,
    selected: Collection[str] | None = None,
) -> Html:
    """``shown`` is the frame that is large now; ``places`` are kept so that nothing moves at first.

    ``selected``: frame ids of those that are selected; None if none can be.
    """
    known = truths or {}
    items = [
        _item(verdict, locale, verdict.frame.frame_id == shown, known.get(verdict.frame.frame_id), selected)
        for verdict in verdicts
    ]
    items += [el("li", class_="is-empty", aria_hidden="true")] * (places - len(items))
    return el("ol", *items, class_="ml-strip", aria_label=locale.gettext("strip", number=places))


def _item(
    verdict: Verdict, locale: Locale, shown: bool, truth: Truth | None, selected: Collection[str] | None
) -> Html:
    small = small_uri(verdict)
    label = slab_label(verdict, locale)
    word, sign = "", ""
    if truth is not None:
        word = locale.gettext("overrule.disputed") if truth.disputed else locale.term("truth", truth.truth)
        label, sign = f"{label}: {word}", "⚠" if truth.disputed else "✓"
    return el(
        "li",
        el(
            "button",
            el("img", src=small, alt="", class_="ml-strip-slab") if small else "",
            el("span", shape(verdict.decision), class_="ml-badge"),
            _word(word, sign) if word else "",
            el("span", label, class_="ml-unseen"),
            type="button",
            title=label,
            aria_pressed="true" if shown else "false",
            data_action="hold",
            data_frame=verdict.frame.frame_id,
        ),
        "" if selected is None else _select(verdict, locale, verdict.frame.frame_id in selected),
        class_=f"is-{verdict.decision.value}{' is-shown' if shown else ''}",
        data_item=verdict.frame.frame_id,
    )


def _word(word: str, sign: str) -> Html:
    """What people say, or a sign for it where the word has no room; the slab's name says it as well."""
    return el(
        "span",
        el("span", sign, class_="ml-strip-sign"),
        el("span", word, class_="ml-strip-text"),
        class_="ml-strip-word",
        aria_hidden="true",
    )


def _select(verdict: Verdict, locale: Locale, chosen: bool) -> Html:
    return el(
        "button",
        el("span", "✓" if chosen else "", aria_hidden="true"),
        type="button",
        class_="ml-select",
        aria_pressed="true" if chosen else "false",
        aria_label=locale.gettext("review.select.slab", slab=slab_name(verdict, locale)),
        data_action="select",
        data_frame=verdict.frame.frame_id,
    )
