"""Taps on slabs: which one was chosen.

Pages stay plain markup; this hears the taps on their ``data-frame`` buttons, wherever they are.
"""

from collections.abc import Callable
from typing import Final

import streamlit as st

_HEAR: Final = """
export default function ({ setTriggerValue }) {
    const hear = (event) => {
        const button = event.target.closest("button[data-frame]")
        if (button) setTriggerValue("picked", button.dataset.frame)
    }
    document.addEventListener("click", hear)
    return () => document.removeEventListener("click", hear)
}
"""

_ear = st.components.v2.component("marbleline.clicks", js=_HEAR)


def hear_clicks(picked: Callable[[str], None]) -> None:
    """Call ``picked`` with the frame id of a tapped slab, before the page is drawn again.

    The id comes from the browser: whoever gets it has to look it up, not to trust it.
    """

    def tell() -> None:
        frame_id = st.session_state["clicks"].get("picked")
        if isinstance(frame_id, str):
            picked(frame_id)

    _ear(key="clicks", on_picked_change=tell)
