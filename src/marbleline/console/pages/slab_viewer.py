"""The viewer of one slab over Live, Review and Search: the Streamlit component, and how it is opened."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.runtime import get_instance

from marbleline.console.components.slab_viewer import shown
from marbleline.console.pages.page_frame import PageContext, notify
from marbleline.console.state.guide_actions import WRITES
from marbleline.console.state.services import services
from marbleline.console.state.slab_view import SlabView, normal_picture, slab_view
from marbleline.console.state.user_event import UserEvent

_SCRIPT: Final = Path(__file__).parents[1] / "static" / "slab_viewer.js"
_KEY: Final = "slab_viewer"
_VIEWED: Final = "viewed"

BROWSERS_SHOW: Final = frozenset({"image/jpeg", "image/png", "image/bmp"})
"""Pictures that go to the browser as they were captured; others as ``FullImageLoader`` makes them."""

_viewer = st.components.v2.component("marbleline.slab_viewer", js=_SCRIPT.read_text(encoding="utf-8"))


def draw_viewer(page: PageContext) -> None:
    """Show the slab that was opened, if one is."""
    viewed: tuple[int, SlabView] | None = st.session_state.get(_VIEWED)
    if viewed is None:
        return
    opened, view = viewed
    # Times are told from the decision on, so that what is shown stays the same.
    writes = page.person.may(WRITES)
    at = view.verdict.stages.decided_at
    data = shown(view, _address(view), page.locale, at, writes_guide=writes)
    _viewer(key=_KEY, data={"slab": {"opened": opened, **data}}, on_closed_change=close_viewer)


def open_viewer(page: PageContext, event: UserEvent) -> None:
    """Look at the slab closely."""
    verdict = services().actions.find(event.frame_id)
    if verdict is None:
        notify(page.locale.gettext("overrule.gone"), "failed")
        return
    view = services().actions.store.query(lambda store: slab_view(store, verdict))
    place = services().products.place
    view = replace(view, normal=normal_picture(place.repository, verdict, place.check))
    st.session_state[_VIEWED] = (event.number, view)


def close_viewer() -> None:
    """Forget the slab that the browser closed; another that was opened before it could say so stays open."""
    viewed: tuple[int, SlabView] | None = st.session_state.get(_VIEWED)
    if viewed is not None and st.session_state[_KEY].get("closed") == viewed[0]:
        del st.session_state[_VIEWED]


def _address(view: SlabView) -> str | None:
    """Where the browser gets the picture, None if it is not in the store."""
    verdict = view.verdict
    if view.picture is None or verdict.media_type not in BROWSERS_SHOW:
        return services().full_images.data_uri(verdict.frame.frame_id)
    # Streamlit's own place for files, where the browser of this session alone knows the address.
    return get_instance().media_file_mgr.add(view.picture, verdict.media_type, _KEY)
