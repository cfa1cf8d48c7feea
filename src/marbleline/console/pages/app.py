"""The script that Streamlit runs: style sheets, navigation, and the sign-in page."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import streamlit as st

from marbleline.console.auth.login import Login
from marbleline.console.components.markup import el
from marbleline.console.pages import session
from marbleline.console.pages.alarm_sound import alarm_sound
from marbleline.console.pages.navigation import registered_pages, switch_if_requested
from marbleline.console.pages.page_frame import show_bar
from marbleline.console.pages.tab_view import show_nothing
from marbleline.console.state.services import services

STATIC: Final = Path(__file__).parents[1] / "static"


def sign_in() -> None:
    """The page for somebody who is not let in."""
    gettext = session.locale().gettext
    oidc = services().access.login is Login.OIDC
    st.html(
        el(
            "main",
            el("h1", "Marbleline"),
            el("p", gettext("access.login_required" if oidc else "access.unknown_user")),
            class_="ml-sign-in",
        )
    )
    if oidc and st.button(gettext("access.login"), type="primary"):
        st.login()


@st.fragment(run_every=timedelta(days=1))
def run_again_after_reconnection() -> None:
    """Draw nothing.

    When the connection comes back, the browser asks a restarted server for a run of the whole script only
    while a timer of Streamlit's own is set. Our timers' requests name fragments that the new session does
    not know.
    """


st.set_page_config(page_title="Marbleline", page_icon=str(STATIC / "icon.svg"), layout="wide")
scheme = st.get_option("theme.base") or "light dark"
st.html(f"<style>:root {{ color-scheme: {scheme}; }}</style>")
for sheet in ("style.css", "pages.css"):
    st.html(STATIC / sheet)
run_again_after_reconnection()
alarm_sound()
pages = registered_pages()
chosen = st.navigation(list(pages.values()), position="hidden")
name = next(name for name, page in pages.items() if page is chosen)
if session.person() is None:
    show_nothing()
    sign_in()
else:
    switch_if_requested(name)
    show_bar(name)
    chosen.run()
