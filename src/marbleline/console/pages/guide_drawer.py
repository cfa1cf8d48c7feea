"""The guide to defects beside a slab: opened by one key or tap, with the way to make the slab an example."""

from collections.abc import Iterable
from typing import Final

import streamlit as st
from streamlit.runtime import get_instance

from marbleline.console.components import defect_guide
from marbleline.console.components.defect_guide import GuideView
from marbleline.console.pages import overruling
from marbleline.console.pages.page_frame import EventHandler, PageContext, notify, show_failed_query
from marbleline.console.state.guide_actions import WRITES
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.defect_guide import GuideEntry
from marbleline.domain.verdict import Verdict
from marbleline.errors import Unavailable

_OPEN: Final = "guide.open"


def guide_view(page: PageContext, product: str, slab: Verdict | None = None) -> GuideView:
    """The guide of a product for this person. Raises StoreUnavailable."""
    entries = services().guide.current(product)
    return GuideView(
        product,
        entries,
        _addresses(entries.values()),
        page.locale,
        page.snapshot.taken_at,
        page.person.may(WRITES),
        slab.frame.frame_id if slab is not None else "",
        overruling.region_of(slab) is not None,
    )


def is_open() -> bool:
    """Whether the person has opened it."""
    return bool(st.session_state.get(_OPEN))


def draw_drawer(page: PageContext, slab: Verdict) -> None:
    """Show the guide of the slab's product, if it is open."""
    if not is_open():
        return
    try:
        st.html(defect_guide.drawer(guide_view(page, slab.frame.product, slab)))
    except Unavailable as error:
        show_failed_query(page, error)


def _addresses(entries: Iterable[GuideEntry]) -> dict[str, list[str]]:
    """Where the browser gets the pictures: not in the page, which is sent again and again."""
    media = get_instance().media_file_mgr
    return {
        entry.entry_id: [
            media.add(one.content, "image/jpeg", f"guide.{entry.entry_id}.{place}")
            for place, one in enumerate(entry.pictures)
        ]
        for entry in entries
    }


def _toggle(page: PageContext, event: UserEvent) -> None:
    """Open the guide, or close it."""
    st.session_state[_OPEN] = not is_open()


def add_example(page: PageContext, event: UserEvent) -> None:
    """Show this slab, or what is marked of it, in the guide."""
    frame_id, region = st.session_state.get("region", ("", None))
    region = region if frame_id == event.frame_id else None
    made = services().guide.add_example(page.person, event.frame_id, event.value, region)
    if made is None:
        notify(page.locale.gettext("guide.no_picture"), "failed")
        return
    notify(page.locale.gettext("guide.used", topic=defect_guide.topic_name(made.topic, page.locale)))


GUIDE_HANDLERS: Final[dict[str, EventHandler]] = {"guide": _toggle, "add_example": add_example}
