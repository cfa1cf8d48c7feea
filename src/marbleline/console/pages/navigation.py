"""A change of page without a reload of the browser.

A link to a page is ``<a href="NAME?QUERY" data-page="NAME">``: it can be copied and opened in another tab.
A plain click on it reaches the server as the event ``go``, whose value is the link's address.

Each request of a browser names the page that it shows. One that is sent while a change of page is under way
would take the change back. So the browser sends none until the new page is there (``event_listener.js``), and
the wanted page stays in the session until it is drawn: every run looks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

import streamlit as st

from marbleline.console.pages import session
from marbleline.console.pages.registry import PAGES, draw_function

GO: Final = "go"
"""The event's action."""

_WANTED: Final = "wanted_page"


@dataclass(frozen=True, slots=True)
class Address:
    """A page and the query of its address."""

    name: str
    query: Mapping[str, str] = field(default_factory=dict)


def parse_address(text: str) -> Address | None:
    """The address in a link, ``.`` for the start page; None if there is no such page."""
    name, _, query = text.partition("?")
    name = PAGES[0] if name in ("", ".") else name
    own = {key: value for key, value in parse_qsl(query) if not key.startswith("embed")}  # Streamlit's own
    return Address(name, own) if name in PAGES else None


def registered_pages() -> dict[str, st.Page]:
    """The pages as Streamlit takes them, by name, with titles in the person's language."""
    gettext = session.locale().gettext
    return {
        name: st.Page(
            draw_function(name), title=gettext(f"page.{name}"), url_path=name, default=name == PAGES[0]
        )
        for name in PAGES
    }


def request_page(text: str) -> None:
    """Note the page that the person wants; an unknown one is ignored."""
    address = parse_address(text)
    if address is not None:
        st.session_state[_WANTED] = address


def switch_if_requested(current: str) -> None:
    """Switch to the wanted page, which ends this run; return if it is ``current`` or none is wanted."""
    wanted: Address | None = st.session_state.get(_WANTED)
    if wanted is None:
        return
    if wanted.name == current and st.query_params.to_dict() == wanted.query:
        del st.session_state[_WANTED]
        return
    st.switch_page(registered_pages()[wanted.name], query_params=wanted.query)
