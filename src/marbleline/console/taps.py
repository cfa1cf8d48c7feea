"""Taps and keys: what was tapped on a page, in plain markup, reaches the server.

A button with ``data-act`` is heard wherever it is, and pressed by the key that its ``data-key`` names.
It says which slab it was drawn for, so a tap never lands on the slab that came a moment later.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from marbleline.console.tap import Tap, taps_after

_JS: Final = Path(__file__).with_name("taps.js").read_text(encoding="utf-8")

_ear = st.components.v2.component("marbleline.taps", js=_JS)


def hear_taps(language: str, act: Callable[[Tap], None]) -> None:
    """Call ``act`` with each new tap, before the page is drawn again; tell the browser its language."""

    def tell() -> None:
        for tap in taps_after(st.session_state.get("heard", 0), st.session_state["taps"].get("taps")):
            st.session_state["heard"] = tap.number
            act(tap)

    _ear(
        key="taps",
        data={"language": language, "heard": st.session_state.get("heard", 0)},
        on_taps_change=tell,
    )
