"""Which camera the page about cameras shows: a list, and what an action chooses in its place."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

NEW: Final = ""
"""In place of a camera's name: one that is to be added."""

_CHOSEN: Final = "cameras.camera"
_LISTS: Final = "cameras.lists"


def chosen() -> str:
    """The camera that the tab shows."""
    return str(st.session_state.get(_CHOSEN, NEW))


def choose(camera: str) -> None:
    """Show this camera, whatever the list in the browser says until it is drawn anew.

    An event that the browser sent just before brings the list's former choice along. The list is drawn
    under a new key, so that this goes to the old one.
    """
    st.session_state[_CHOSEN] = camera
    st.session_state[_LISTS] = st.session_state.get(_LISTS, 0) + 1


def draw(cameras: Sequence[str], label: str, name_of_new: str) -> str:
    """Draw the list; returns the camera that is chosen, the first where the former one is gone."""
    if st.session_state.get(_CHOSEN) not in cameras:
        choose(cameras[0])
    key = f"{_CHOSEN}.{st.session_state.get(_LISTS, 0)}"
    st.session_state.setdefault(key, st.session_state[_CHOSEN])
    camera = st.selectbox(label, cameras, key=key, format_func=lambda name: name or name_of_new, width=360)
    st.session_state[_CHOSEN] = camera
    return str(camera)
