"""The review page: the slabs that the line is not sure of, worked off by keyboard."""

from dataclasses import replace
from typing import Final

import streamlit as st

from marbleline.console.auth.roles import Role
from marbleline.console.components import overrule, review_desk, strip, verdict
from marbleline.console.components.markup import Html, el
from marbleline.console.pages import guide_drawer, overruling
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    notify,
    page_context,
    show_failed_query,
)
from marbleline.console.pages.slab_viewer import draw_viewer
from marbleline.console.state.freshness import CameraStatus, Freshness
from marbleline.console.state.review_desk import PAGE, DeskPage, DeskView, chosen, read_page, selected, turned
from marbleline.console.state.selection import DisplayedSlab
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.label import Label, Truth, truths, why_not_settled_by
from marbleline.domain.model import CLASSES
from marbleline.domain.review import ReviewState
from marbleline.domain.verdict import Verdict
from marbleline.errors import Unavailable
from marbleline.ports.annotations import LabelQuery
from marbleline.ports.review_queue import ReviewOrder

REFRESH_S: Final = 1.0
KEEP_S: Final = 2.0
_MOST_LABELS: Final = 100
_NOTHING: Final = {
    ReviewState.WAITING: "review.empty",
    ReviewState.DISPUTED: "review.undisputed",
    ReviewState.SETTLED: "review.unsettled",
}


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("review")
    try:
        view, queue = _queue(page)
    except Unavailable as error:
        show_failed_query(page, error)
    else:
        st.html(review_desk.queues(view, queue.counts, page.locale))
        large = _large(view, queue)
        if large is None:
            _empty_queue(page, view)
        else:
            _slab(page, view, queue, large)
    handle_events(page, REFRESH_S)
    draw_viewer(page)


def _view() -> DeskView:
    view: DeskView = st.session_state.get("review", DeskView())
    return view


def _queue(page: PageContext) -> tuple[DeskView, DeskPage]:
    """The page of the queue that the person looks at; the first one once that is empty."""
    view = _view()
    queue = _read(page, view)
    if not queue.slabs and view.begins:
        view = st.session_state["review"] = replace(view, begins=(), place=0)
        queue = _read(page, view)
    return view, queue


def _read(page: PageContext, view: DeskView) -> DeskPage:
    line, asked = page.snapshot.line, (view.state, view.order, view.begins[-1:])
    return services().actions.store.query_cached(
        ("review", line, asked), KEEP_S, lambda store: read_page(store, line, view)
    )


def _large(view: DeskView, queue: DeskPage) -> Verdict | None:
    """The slab to look at. One whose label was withdrawn is shown even if it lies on another page."""
    if view.chosen and view.chosen == st.session_state.get("undone"):
        return services().actions.find(view.chosen)
    place = queue.large(view)
    return None if place is None else queue.slabs[place]


def _empty_queue(page: PageContext, view: DeskView) -> None:
    gettext = page.locale.gettext
    name = _NOTHING[view.state]
    body = [el("h1", gettext(name)), el("p", gettext(f"{name}.hint"), class_="ml-dim")]
    st.html(el("section", *body, _undo_button(page), class_="ml-panel ml-nothing is-large"))


def _slab(page: PageContext, view: DeskView, queue: DeskPage, large: Verdict) -> None:
    """The slab, what it may be, and the keys to label it."""
    locale, at = page.locale, page.snapshot.taken_at
    displayed = DisplayedSlab(large, CameraStatus(Freshness.ONLINE, None), held=False)
    region = overruling.region_of(large)
    truth = _truth(large) if view.state is not ReviewState.WAITING else None
    settles = truth is not None and not why_not_settled_by(truth, page.person.name)
    select = view.state is ReviewState.WAITING and page.person.may(Role.OPERATOR)
    st.html(verdict.band(displayed, locale, truth))
    st.html(
        el(
            "div",
            overruling.marked_picture(page, displayed, region),
            strip.strip(
                queue.slabs, locale, large.frame.frame_id, PAGE, selected=view.selected if select else None
            ),
            class_="ml-stage is-queue",
        )
    )
    st.html(verdict.facts(displayed, locale, at))
    if select and view.selected:
        st.html(review_desk.bulk(view, locale))
    else:
        st.html(overrule.overrule(large, truth, page.person, locale, region, settles=settles))
        if truth is not None and truth.disputed and not settles:
            st.html(el("p", locale.gettext("overrule.third"), class_="ml-dim ml-third"))
    overruling.note_input(page)
    heat = st.session_state.get("heat", True)
    undo, guide = _undo_button(page), guide_drawer.is_open()
    st.html(review_desk.moves(queue, view, locale, heat=heat, guide=guide, select=select, undo=undo))
    guide_drawer.draw_drawer(page, large)


def _truth(large: Verdict) -> Truth | None:
    frame_id = large.frame.frame_id
    labels = services().actions.store.query_cached(
        ("labels", frame_id), KEEP_S, lambda store: store.labels(LabelQuery(frame_id=frame_id), _MOST_LABELS)
    )
    return truths(labels).get(frame_id)


def _undo_button(page: PageContext) -> Html | str:
    """For what the person has labelled last, as far as that is known here."""
    done = _done()
    return review_desk.undo_button(done[-1] if done and page.person.may(Role.OPERATOR) else None, page.locale)


def _done() -> list[str | list[Label]]:
    """What was labelled from this tab, the last at the end: a slab, or labels that were given together."""
    done: list[str | list[Label]] = st.session_state.get("done", [])
    return done


def _remember(done: str | list[Label]) -> None:
    st.session_state["done"] = [*_done(), done][-20:]
    st.session_state.pop("undone", None)


def _overrule(page: PageContext, event: UserEvent) -> None:
    """Save the label, and go on to the next slab."""
    view, queue = _queue(page)
    st.session_state["review"] = chosen(view, queue, event.frame_id)
    overruling.overrule(page, event)
    _remember(event.frame_id)


def _settle(page: PageContext, event: UserEvent) -> None:
    """Decide between those who disagree, and go on to the next slab."""
    view, queue = _queue(page)
    verdict = services().actions.settle(page.person, event.frame_id, event.value, overruling.written_note())
    if verdict is None:
        notify(page.locale.gettext("overrule.gone"), "failed")
        return
    st.session_state["review"] = chosen(view, queue, event.frame_id)
    overruling.clear_note()
    overruling.notify_saved(page, verdict, event.value)
    _remember(event.frame_id)


def _undo(page: PageContext, event: UserEvent) -> None:
    """Withdraw the last label; its slab is shown again."""
    overruling.undo(page, event)
    st.session_state["done"] = [one for one in _done() if one != event.frame_id]
    st.session_state["review"] = replace(_view(), chosen=event.frame_id)
    st.session_state["undone"] = event.frame_id


def _select(page: PageContext, event: UserEvent) -> None:
    """Select this slab, or no more."""
    st.session_state["review"] = selected(_view(), [event.frame_id])


def _select_page(page: PageContext, event: UserEvent) -> None:
    """Select all slabs of this page, or none of them if all are."""
    view, queue = _queue(page)
    st.session_state["review"] = selected(view, [one.frame.frame_id for one in queue.slabs])


def _unselect(page: PageContext, event: UserEvent) -> None:
    """Go back to the choice of the class, and from there to no selection."""
    view = _view()
    st.session_state["review"] = (
        replace(view, selected=()) if view.asked is None else replace(view, asked=None)
    )


def _ask(page: PageContext, event: UserEvent) -> None:
    """Ask whether the selected slabs are all of this class."""
    view = _view()
    if event.value in CLASSES and view.selected:
        st.session_state["review"] = replace(view, asked=event.value)


def _overrule_selected(page: PageContext, event: UserEvent) -> None:
    """Label the selected slabs, if they are as many as the button said."""
    view = _view()
    truth, _, number = event.value.partition(" ")
    wanted = view.selected if number == str(len(view.selected)) else ()
    note = overruling.written_note()
    labels = services().actions.overrule_selected(page.person, wanted, truth, note)
    st.session_state["review"] = replace(view, selected=(), asked=None)
    locale = page.locale
    if labels:
        _remember(labels)
        overruling.clear_note()
        words = locale.ngettext("review.saved", len(labels), truth=locale.term("truth", truth))
        notify(words)
    if len(labels) < len(view.selected):
        left = locale.ngettext("review.passed_over", len(view.selected) - len(labels))
        notify(f"{words}. {left}" if labels else left, "done" if labels else "failed")


def _undo_selected(page: PageContext, event: UserEvent) -> None:
    """Withdraw the labels that were given together last."""
    done = _done()
    last = done[-1] if done and not isinstance(done[-1], str) else []
    number = services().actions.undo_selected(page.person, last)
    if number:
        st.session_state["done"] = done[:-1]
        notify(page.locale.ngettext("review.undone", number))


def _go_to(page: PageContext, event: UserEvent) -> None:
    """Look at this slab first."""
    view, queue = _queue(page)
    st.session_state["review"] = chosen(view, queue, event.frame_id)
    st.session_state.pop("undone", None)


def _move(page: PageContext, event: UserEvent) -> None:
    """Look at the slab before or after: on this page, or without a name on the page beside."""
    if event.frame_id:
        _go_to(page, event)
        return
    view, queue = _queue(page)
    st.session_state["review"] = turned(view, queue, event.value)
    st.session_state.pop("undone", None)


def _choose_queue(page: PageContext, event: UserEvent) -> None:
    """Work off the slabs that wait, or those that people label differently."""
    if event.value in review_desk.QUEUES:
        st.session_state["review"] = DeskView(ReviewState(event.value), _view().order)


def _choose_order(page: PageContext, event: UserEvent) -> None:
    """Begin anew in this order."""
    if event.value in tuple(ReviewOrder):
        st.session_state["review"] = DeskView(_view().state, ReviewOrder(event.value))


def _heat(page: PageContext, event: UserEvent) -> None:
    """The heat map on or off."""
    st.session_state["heat"] = not st.session_state.get("heat", True)


HANDLERS: Final[dict[str, EventHandler]] = {
    **overruling.SLAB_HANDLERS,
    **guide_drawer.GUIDE_HANDLERS,
    "overrule": _overrule,
    "settle": _settle,
    "undo": _undo,
    "select": _select,
    "select_page": _select_page,
    "unselect": _unselect,
    "ask": _ask,
    "overrule_selected": _overrule_selected,
    "undo_selected": _undo_selected,
    "hold": _go_to,
    "move": _move,
    "queue": _choose_queue,
    "order": _choose_order,
    "heat": _heat,
}
