"""What the review page has around the large slab: which queue in which order, and the way through it."""

from collections.abc import Sequence
from typing import Final

from marbleline.console.components.button import button
from marbleline.console.components.defect_guide import GUIDE_KEY
from marbleline.console.components.markup import Html, el
from marbleline.console.components.overrule import UNDO_KEY, truth_button
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.review_desk import NEXT, PREVIOUS, DeskPage, DeskView
from marbleline.domain.label import Label
from marbleline.domain.model import CLASSES
from marbleline.domain.review import ReviewState
from marbleline.ports.review_queue import ReviewCounts, ReviewOrder

QUEUES: Final = (ReviewState.WAITING, ReviewState.DISPUTED, ReviewState.SETTLED)
"""Queues that people work off, and what was settled of them."""

_LEFT: Final = {
    ReviewState.WAITING: "review.left",
    ReviewState.DISPUTED: "review.disputed.left",
    ReviewState.SETTLED: "review.settled.left",
}


def queues(view: DeskView, counts: ReviewCounts, locale: Locale) -> Html:
    """Which slabs, with their number, and in which order."""
    states = [
        button(
            f"{locale.gettext(f'review.{state.value}')} {locale.number(counts.of(state))}",
            "queue",
            state.value,
            pressed=state is view.state,
        )
        for state in QUEUES
    ]
    orders = [
        button(locale.gettext(f"review.{order.value}"), "order", order.value, pressed=order is view.order)
        for order in ReviewOrder
    ]
    return el(
        "div",
        _group(states, locale.gettext("review.queue")),
        _group(orders, locale.gettext("review.order")),
        class_="ml-queue",
    )


def moves(
    page: DeskPage,
    view: DeskView,
    locale: Locale,
    *,
    heat: bool,
    guide: bool,
    select: bool,
    undo: Html | str,
) -> Html:
    """Back, skip, select (if ``select``), heat map, guide, ``undo``, and how many slabs are left."""
    place = page.large(view) or 0
    before = page.slabs[place - 1].frame.frame_id if place else ""
    after = page.slabs[place + 1].frame.frame_id if place + 1 < len(page.slabs) else ""
    words = locale.ngettext(_LEFT[view.state], page.counts.of(view.state))
    if view.begins:
        words += " · " + locale.gettext("review.page", number=locale.number(len(view.begins) + 1))
    return el(
        "div",
        _move(PREVIOUS, before, "ArrowLeft", "←", bool(before or view.begins), locale),
        _move(NEXT, after, "ArrowRight", "→", bool(after or page.more), locale),
        *(_select_buttons(page, view, place, locale) if select else ()),
        button(locale.gettext("control.heat"), "heat", key="h", pressed=heat),
        button(locale.gettext("page.guide"), "guide", key=GUIDE_KEY, pressed=guide),
        undo,
        el("p", words, class_="ml-review-left", role="status"),
        class_="ml-moves",
    )


def undo_button(done: str | Sequence[Label] | None, locale: Locale) -> Html | str:
    """Withdraw the label on that slab, or the labels that were given together; nothing if there are none."""
    if done is None:
        return ""
    if isinstance(done, str):
        return button(locale.gettext("overrule.undo"), "undo", frame=done, key=UNDO_KEY)
    words = f"{locale.gettext('overrule.undo')} ({locale.number(len(done))})"
    return button(words, "undo_selected", key=UNDO_KEY)


def bulk(view: DeskView, locale: Locale) -> Html:
    """One label for all selected slabs: first the class, then a confirmation that names their number."""
    number = len(view.selected)
    cancel = button(locale.gettext("review.cancel"), "unselect", key="Escape", sign="Esc")
    if view.asked is not None:
        words = locale.ngettext("review.confirm", number, truth=locale.term("truth", view.asked))
        value = f"{view.asked} {number}"
        body = [button(words, "overrule_selected", value, key="y", primary=True)]
    else:
        body = [truth_button(name, "ask", locale) for name in CLASSES]
    title = locale.ngettext("review.selected", number)
    return el(
        "div",
        el("strong", title, class_="ml-bulk-title", role="status"),
        *body,
        cancel,
        class_="ml-overrule ml-bulk",
        role="group",
        aria_label=title,
    )


def _select_buttons(page: DeskPage, view: DeskView, place: int, locale: Locale) -> tuple[Html, Html]:
    frame_id = page.slabs[place].frame.frame_id
    whole = {slab.frame.frame_id for slab in page.slabs} <= set(view.selected)
    return (
        button(
            locale.gettext("review.select"),
            "select",
            frame=frame_id,
            key="s",
            pressed=frame_id in view.selected,
        ),
        button(locale.gettext("review.select.page"), "select_page", key="a", pressed=whole),
    )


def _move(way: str, frame_id: str, key: str, sign: str, there: bool, locale: Locale) -> Html:
    """One slab on; without ``frame_id`` it lies on another page."""
    return button(
        locale.gettext(f"review.{way}"), "move", way, frame=frame_id, key=key, sign=sign, disabled=not there
    )


def _group(buttons: list[Html], name: str) -> Html:
    return el("div", *buttons, class_="ml-choice", role="group", aria_label=name)
