"""The page that Streamlit runs: the look, which pages there are, and the way in."""

from pathlib import Path
from typing import Final

import streamlit as st

from marbleline.console import session
from marbleline.console.access import Login
from marbleline.console.markup import el
from marbleline.console.shared import here
from marbleline.console.views.line import line_page
from marbleline.console.views.live import live_page
from marbleline.console.views.review import review_page
from marbleline.console.views.search import search_page
from marbleline.console.views.shift import shift_page

HERE: Final = Path(__file__).parent
VIEWS: Final = {
    "live": live_page,
    "review": review_page,
    "shift": shift_page,
    "search": search_page,
    "line": line_page,
}


def way_in() -> None:
    """What somebody sees who may not see the line."""
    say = session.locale().say
    oidc = here().access.login is Login.OIDC
    st.html(
        el(
            "main",
            el("h1", "Marbleline"),
            el("p", say("access.closed" if oidc else "access.unknown")),
            class_="ml-way-in",
        )
    )
    if oidc and st.button(say("access.login"), type="primary"):
        st.login()


st.set_page_config(page_title="Marbleline", page_icon=str(HERE / "icon.svg"), layout="wide")
for sheet in ("style.css", "pages.css"):
    st.html(HERE / sheet)
words = session.locale()
pages = {
    name: st.Page(view, title=words.say(f"page.{name}"), url_path=name, default=name == "live")
    for name, view in VIEWS.items()
}
# The bar's links are plain links: a change of page by a rerun can be overtaken by a page that is due again.
chosen = st.navigation(list(pages.values()), position="hidden")
if session.person() is None:
    way_in()
else:
    chosen.run()
