"""The review page: the slabs that the line is not sure of, worked off by keyboard."""

from typing import Final

import streamlit as st

from marbleline.console.auth.roles import Role
from marbleline.console.components import overrule, strip, verdict
from marbleline.console.components.markup import Html, el
from marbleline.console.pages import overruling
from marbleline.console.pages.page_frame import EventHandler, PageContext, handle_events, page_context
from marbleline.console.pages.slab_viewer import draw_viewer
from marbleline.console.state.freshness import CameraStatus, Freshness
from marbleline.console.state.selection import DisplayedSlab
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.verdict import Verdict

REFRESH_S: Final = 1.0
PLACES: Final = 20


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("review")
    large = _large(page)
    if large is None:
        _empty_queue(page)
    else:
        _slab(page, large)
    handle_events(page, REFRESH_S)
    draw_viewer(page)


def _large(page: PageContext) -> Verdict | None:
    """The slab to look at: the one that was chosen, else the first after it, else the oldest."""
    wanted = st.session_state.get("review", "")
    left = page.snapshot.reviews
    after = [one for one in left if one.frame.frame_id >= wanted]
    return next(iter(after or left), None)


def _empty_queue(page: PageContext) -> None:
    gettext = page.locale.gettext
    read = page.snapshot.counts is not None
    words = (
        (gettext("review.empty"), gettext("review.empty.hint")) if read else (gettext("review.reading"), "")
    )
    body = [el("h1", words[0]), el("p", words[1], class_="ml-dim")]
    st.html(el("section", *body, _undo_button(page), class_="ml-panel ml-nothing is-large"))


def _slab(page: PageContext, large: Verdict) -> None:
    """The slab, what it may be, and the keys to label it."""
    locale, at, left = page.locale, page.snapshot.taken_at, page.snapshot.reviews
    place = left.index(large)
    displayed = DisplayedSlab(large, CameraStatus(Freshness.ONLINE, None), held=False)
    region = overruling.region_of(large)
    st.html(verdict.band(displayed, locale))
    st.html(
        el(
            "div",
            overruling.marked_picture(page, displayed, region),
            strip.strip(left[place : place + PLACES], locale, large.frame.frame_id, PLACES),
            class_="ml-stage",
        )
    )
    st.html(verdict.facts(displayed, locale, at))
    st.html(overrule.overrule(large, None, page.person, locale, region))
    moves = [
        _move("back", "ArrowLeft", "←", left[place - 1] if place else None, page),
        _move("skip", "ArrowRight", "→", left[place + 1] if place + 1 < len(left) else None, page),
    ]
    heat = el(
        "button",
        locale.gettext("control.heat"),
        el("kbd", "H"),
        type="button",
        class_="ml-plain",
        aria_pressed="true" if st.session_state.get("heat", True) else "false",
        data_action="heat",
        data_key="h",
    )
    waiting = locale.ngettext("review.left", page.snapshot.to_review)
    count = el("p", waiting, class_="ml-review-left", role="status")
    st.html(el("div", *moves, heat, _undo_button(page), count, class_="ml-moves"))


def _move(name: str, key: str, sign: str, to: Verdict | None, page: PageContext) -> Html:
    return el(
        "button",
        page.locale.gettext(f"review.{name}"),
        el("kbd", sign),
        type="button",
        class_="ml-plain",
        disabled=to is None,
        data_action="hold",
        data_frame=to.frame.frame_id if to else "",
        data_key=key,
    )


def _undo_button(page: PageContext) -> Html | str:
    done = st.session_state.get("done")
    if not done or not page.person.may(Role.OPERATOR):
        return ""
    return el(
        "button",
        page.locale.gettext("overrule.undo"),
        el("kbd", "U"),
        type="button",
        class_="ml-plain",
        data_action="undo",
        data_frame=done[-1],
        data_key=overrule.UNDO_KEY,
    )


def _overrule(page: PageContext, event: UserEvent) -> None:
    """Save the label, and go on to the next slab."""
    st.session_state["review"] = event.frame_id
    overruling.overrule(page, event)
    st.session_state["done"] = [*st.session_state.get("done", []), event.frame_id][-20:]


def _undo(page: PageContext, event: UserEvent) -> None:
    """Withdraw the last label; its slab is shown again."""
    overruling.undo(page, event)
    st.session_state["done"] = [one for one in st.session_state.get("done", []) if one != event.frame_id]
    st.session_state["review"] = event.frame_id


def _go_to(page: PageContext, event: UserEvent) -> None:
    """Look at this slab first."""
    st.session_state["review"] = event.frame_id


def _heat(page: PageContext, event: UserEvent) -> None:
    """The heat map on or off."""
    st.session_state["heat"] = not st.session_state.get("heat", True)


HANDLERS: Final[dict[str, EventHandler]] = {
    **overruling.SLAB_HANDLERS,
    "overrule": _overrule,
    "undo": _undo,
    "hold": _go_to,
    "heat": _heat,
}
