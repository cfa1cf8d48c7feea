"""What the review page has around the large slab: which queue in which order, and the way through it."""

from typing import Final

from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.overrule import UNDO_KEY
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.review_desk import NEXT, PREVIOUS, DeskPage, DeskView
from marbleline.domain.review import ReviewState
from marbleline.ports.review_queue import ReviewCounts, ReviewOrder

QUEUES: Final = (ReviewState.WAITING, ReviewState.DISPUTED)
"""Queues that people work off."""


def queues(view: DeskView, counts: ReviewCounts, locale: Locale) -> Html:
    """Which slabs, with their number, and in which order."""
    numbers = {ReviewState.WAITING: counts.waiting, ReviewState.DISPUTED: counts.disputed}
    states = [
        button(
            f"{locale.gettext(f'review.{state.value}')} {locale.number(numbers[state])}",
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


def moves(page: DeskPage, view: DeskView, locale: Locale, *, heat: bool, undo: str | None) -> Html:
    """Back, skip, heat map, undo of the last label (``undo`` is its slab), and how many slabs are left."""
    place = page.large(view) or 0
    before = page.slabs[place - 1].frame.frame_id if place else ""
    after = page.slabs[place + 1].frame.frame_id if place + 1 < len(page.slabs) else ""
    waiting = view.state is ReviewState.WAITING
    left = page.counts.waiting if waiting else page.counts.disputed
    words = locale.ngettext("review.left" if waiting else "review.disputed.left", left)
    if view.begins:
        words += " · " + locale.gettext("review.page", number=locale.number(len(view.begins) + 1))
    return el(
        "div",
        _move(PREVIOUS, before, "ArrowLeft", "←", bool(before or view.begins), locale),
        _move(NEXT, after, "ArrowRight", "→", bool(after or page.more), locale),
        button(locale.gettext("control.heat"), "heat", key="h", pressed=heat),
        undo_button(undo, locale),
        el("p", words, class_="ml-review-left", role="status"),
        class_="ml-moves",
    )


def undo_button(frame_id: str | None, locale: Locale) -> Html | str:
    """Withdraw the last label; nothing if there is none."""
    if frame_id is None:
        return ""
    return button(locale.gettext("overrule.undo"), "undo", frame=frame_id, key=UNDO_KEY)


def _move(way: str, frame_id: str, key: str, sign: str, there: bool, locale: Locale) -> Html:
    """One slab on; without ``frame_id`` it lies on another page."""
    return button(
        locale.gettext(f"review.{way}"), "move", way, frame=frame_id, key=key, sign=sign, disabled=not there
    )


def _group(buttons: list[Html], name: str) -> Html:
    return el("div", *buttons, class_="ml-choice", role="group", aria_label=name)
