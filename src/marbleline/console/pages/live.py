"""The live page: the slab now at the camera, the last ones, and the state of the line.

The stream draws it; this module handles what people do on it.
"""

from typing import Final

import streamlit as st

from marbleline.console.components.live import EVERY, SUSPECT, TOGGLE_HOLD
from marbleline.console.pages import guide_drawer, overruling
from marbleline.console.pages.page_frame import EventHandler, PageContext, handle_events, page_context, place
from marbleline.console.pages.slab_viewer import draw_viewer
from marbleline.console.state.selection import find_recent
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent


def draw() -> None:
    """Draw the page's frame; only ``_content`` runs again, after each event."""
    _content()


@st.fragment
def _content() -> None:
    page = page_context("live")
    st.html(place("live"))
    handle_events(page)
    draw_viewer(page)


def _toggle_hold(page: PageContext, event: UserEvent) -> None:
    """Keep the slab on the screen, or go back to the newest."""
    st.session_state.pop("held_by_mark", None)
    if st.session_state.pop("held", None) is None:
        _pick(page, event)


def _pick(page: PageContext, event: UserEvent) -> None:
    """Hold the slab that was chosen."""
    found = find_recent(page.snapshot, event.frame_id)
    if found is not None:
        st.session_state["held"] = found


def _heat(page: PageContext, event: UserEvent) -> None:
    """The heat map on or off."""
    st.session_state["heat"] = not st.session_state.get("heat", True)


def _follow(page: PageContext, event: UserEvent) -> None:
    """Show every slab large, or only faulty and doubtful ones."""
    st.session_state["follow"] = SUSPECT if event.value == SUSPECT else EVERY


def _camera(page: PageContext, event: UserEvent) -> None:
    """Show one camera's slabs, or all."""
    st.session_state["camera"] = event.value


def _mark(page: PageContext, event: UserEvent) -> None:
    """Hold the slab that was drawn on until it is labelled."""
    overruling.mark(page, event)
    if "held" not in st.session_state:
        _pick(page, event)
        st.session_state["held_by_mark"] = True


def _overrule(page: PageContext, event: UserEvent) -> None:
    """Save the label; a slab that was held only because it was drawn on is released."""
    overruling.overrule(page, event)
    if st.session_state.pop("held_by_mark", False):
        st.session_state.pop("held", None)


def _seen(page: PageContext, event: UserEvent) -> None:
    """Hold the faulty slab no longer on its camera's card; the next one takes its place."""
    services().actions.mark_seen(page.person, event.frame_id)


HANDLERS: Final[dict[str, EventHandler]] = {
    **overruling.SLAB_HANDLERS,
    "add_example": guide_drawer.add_example,
    "hold": _pick,
    TOGGLE_HOLD: _toggle_hold,
    "overrule": _overrule,
    "region": _mark,
    "heat": _heat,
    "follow": _follow,
    "camera": _camera,
    "mark_seen": _seen,
}
