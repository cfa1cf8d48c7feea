"""Event handlers that pages with a large slab share: overrule, undo, mark a region, look closely."""

from typing import Final

import streamlit as st

from marbleline.console.auth.roles import Role
from marbleline.console.components.markup import Html
from marbleline.console.components.names import slab_name
from marbleline.console.components.overrule import outline
from marbleline.console.components.verdict import picture
from marbleline.console.pages.page_frame import EventHandler, PageContext, notify
from marbleline.console.pages.slab_viewer import open_viewer
from marbleline.console.state.selection import DisplayedSlab
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.label import LONGEST_NOTE, MarkedRegion
from marbleline.domain.verdict import Verdict

_NOTE: Final = "note"


def region_of(verdict: Verdict | None) -> MarkedRegion | None:
    """What the person has drawn on this slab's picture and not yet saved with a label."""
    frame_id, region = st.session_state.get("region", ("", None))
    return region if verdict is not None and frame_id == verdict.frame.frame_id else None


def note_input(page: PageContext) -> None:
    """Where the person writes a note that goes with the next label."""
    if page.person.may(Role.OPERATOR):
        words = page.locale.gettext("note")
        st.text_input(
            words, key=_NOTE, max_chars=LONGEST_NOTE, placeholder=words, label_visibility="collapsed"
        )


def written_note() -> str:
    """What was written there."""
    return str(st.session_state.get(_NOTE, "")).strip()[:LONGEST_NOTE]


def clear_note() -> None:
    """Empty the input, because its note was saved. Call it before the page is drawn."""
    if _NOTE in st.session_state:
        st.session_state[_NOTE] = ""


def marked_picture(page: PageContext, shown: DisplayedSlab, region: MarkedRegion | None) -> Html:
    """The large picture in full size, with its heat map and what was marked on it."""
    return picture(
        shown,
        page.locale,
        page.snapshot.taken_at,
        heat=st.session_state.get("heat", True),
        full_image=services().full_images.data_uri(shown.verdict.frame.frame_id),
        mark=outline(region),
        drawable=page.person.may(Role.OPERATOR),
        viewable=True,
    )


def overrule(page: PageContext, event: UserEvent) -> None:
    """Save the label, with the marked region."""
    frame_id, region = st.session_state.get("region", ("", None))
    region = region if frame_id == event.frame_id else None
    verdict = services().actions.overrule(
        page.person, event.frame_id, event.value, region, note=written_note()
    )
    if verdict is None:
        notify(page.locale.gettext("overrule.gone"), "failed")
        return
    st.session_state.pop("region", None)
    clear_note()
    notify_saved(page, verdict, event.value)


def notify_saved(page: PageContext, verdict: Verdict, truth: str) -> None:
    """Say that the slab got this label."""
    words = {"slab": slab_name(verdict, page.locale), "truth": page.locale.term("truth", truth)}
    notify(page.locale.gettext("overrule.saved", **words))


def undo(page: PageContext, event: UserEvent) -> None:
    """Withdraw the person's own last label of the slab."""
    label = services().actions.undo(page.person, event.frame_id)
    if label is not None:
        slab = label.slab_id or label.frame_id
        notify(page.locale.gettext("overrule.undone", slab=page.locale.gettext("slab", slab=slab)))


def mark(page: PageContext, event: UserEvent) -> None:
    """Remember what was drawn."""
    st.session_state["region"] = (event.frame_id, event.region)


def unmark(page: PageContext, event: UserEvent) -> None:
    """Forget what was drawn."""
    st.session_state.pop("region", None)


SLAB_HANDLERS: Final[dict[str, EventHandler]] = {
    "overrule": overrule,
    "undo": undo,
    "region": mark,
    "unmark": unmark,
    "view": open_viewer,
}
