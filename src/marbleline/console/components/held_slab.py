"""A faulty slab that stays on its camera's card until somebody has seen it."""

from marbleline.console.components.markup import Html, el
from marbleline.console.components.names import slab_label, verdict_text
from marbleline.console.components.shape import badge
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.images import small_uri
from marbleline.console.state.snapshot import HeldSlab
from marbleline.domain.verdict import Verdict


def held_picture(held: HeldSlab, locale: Locale) -> Html:
    """Its picture, as a button that shows it large."""
    verdict = held.verdict
    small = small_uri(verdict)
    return el(
        "button",
        el("img", src=small, alt="") if small else "",
        badge(verdict.decision),
        el("span", slab_label(verdict, locale), class_="ml-unseen"),
        type="button",
        class_="ml-card-picture",
        data_action="hold",
        data_frame=verdict.frame.frame_id,
    )


def held_words(held: HeldSlab, locale: Locale, now: int, *, releases: bool) -> Html:
    """What was found and when, what came after it, what waits, and for who may the button to release it."""
    verdict = held.verdict
    what, when = verdict_text(verdict, locale), locale.time(verdict.frame.captured_at, now)
    waiting = [locale.ngettext("wall.more", held.more)] if held.more else []
    waiting += [locale.ngettext("wall.dropped", held.dropped)] if held.dropped else []
    return el(
        "span",
        el("strong", locale.gettext("wall.held", verdict=what, time=when), class_="ml-held-what"),
        el("span", locale.ngettext("wall.after", held.after), class_="ml-held-after", data_ticks=True),
        *(el("span", words, class_="ml-held-more") for words in waiting),
        _seen(verdict, locale) if releases else "",
        class_="ml-held",
    )


def _seen(verdict: Verdict, locale: Locale) -> Html:
    """Its value is the camera: the focus goes on to the next slab of the same card, or to the card."""
    return el(
        "button",
        locale.gettext("wall.seen"),
        el("span", slab_label(verdict, locale), class_="ml-unseen"),
        type="button",
        class_="ml-plain",
        data_action="mark_seen",
        data_frame=verdict.frame.frame_id,
        data_value=verdict.frame.camera,
    )
