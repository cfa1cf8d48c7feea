"""Clicks and key presses on the pages' own markup reach the server: the Streamlit component for them.

A button with ``data-action`` is listened to wherever it is; the key in its ``data-key`` presses it. It
carries the slab that it was drawn for, so a click never applies to the slab that came a moment later.
The events themselves are validated in ``state.user_event``, which needs no Streamlit.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from marbleline.console.state.user_event import UserEvent, events_after

_STATIC: Final = Path(__file__).parents[1] / "static"
_SCRIPT: Final = "".join(
    (_STATIC / name).read_text(encoding="utf-8") for name in ("live_parts.js", "event_listener.js")
)

_listener = st.components.v2.component("marbleline.event_listener", js=_SCRIPT)


def listen(
    page: str, language: str, secret: str, handle: Callable[[UserEvent], None], redraw_s: float | None
) -> None:
    """Call ``handle`` with each new event, before the page is drawn again; set the document's language.

    The fragment that calls this is run again after an event, and every ``redraw_s`` seconds. ``secret`` opens
    the stream of changes.
    """

    def received() -> None:
        events = st.session_state["event_listener"].get("events")
        for event in events_after(st.session_state.get("handled", 0), events):
            st.session_state["handled"] = event.number
            handle(event)

    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1  # so that no two runs give the same
    _listener(
        key="event_listener",
        data={
            "page": page,
            "language": language,
            "secret": secret,
            "redraw_s": redraw_s,
            "handled": st.session_state.get("handled", 0),
            "run": runs,
        },
        on_events_change=received,
    )
