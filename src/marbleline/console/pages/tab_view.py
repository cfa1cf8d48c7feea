"""What this session's tab shows, as the stream draws it: kept in Streamlit's session."""

from dataclasses import replace

import streamlit as st

from marbleline.console.auth.login import Login
from marbleline.console.auth.roles import Person
from marbleline.console.components.live import SUSPECT
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.selection import ViewFilter
from marbleline.console.state.services import services
from marbleline.console.state.snapshot import Snapshot
from marbleline.console.stream.tabs import ActionMessage, Tab, View


def session_tab() -> Tab:
    """This session's tab."""
    tab: Tab | None = st.session_state.get("tab")
    if tab is None:
        tab = st.session_state["tab"] = Tab()
    return tab


def show(name: str, person: Person, locale: Locale, snapshot: Snapshot) -> None:
    """Show the page of that name with all that the person has asked for."""
    session_tab().show(
        View(
            name,
            person,
            locale,
            logout=services().access.login is Login.OIDC,
            view_filter=view_filter(snapshot),
            heat=st.session_state.get("heat", True),
            region=st.session_state.get("region", ("", None)),
            message=st.session_state.get("message"),
        )
    )


def show_nothing() -> None:
    """Show nothing of the line: nobody is let in."""
    session_tab().show(None)


def view_filter(snapshot: Snapshot) -> ViewFilter:
    """Which slab the person wants to see large on Live."""
    camera = st.session_state.get("camera")
    return ViewFilter(
        camera=camera if snapshot.camera(camera or "") else None,
        suspect_only=st.session_state.get("follow") == SUSPECT,
        held=st.session_state.get("held"),
    )


def set_message(message: ActionMessage) -> None:
    """Show a message on the last action."""
    st.session_state["message"] = message
    tab = session_tab()
    if tab.view is not None:
        tab.show(replace(tab.view, message=message))
